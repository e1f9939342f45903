"""Open answers: a trained classifier, codes settled by people, and how many respondents raised each theme."""
