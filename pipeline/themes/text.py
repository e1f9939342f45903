"""Answer to sentences and words: the one door to spaCy."""

import re
from collections.abc import Sequence
from functools import cache

# What people put before a line of a list; a letter o only where a space follows.
_BULLET = re.compile(r"^(?:[-*•·–—>\s]+|o\s+)+")


@cache
def _language():
    """Return spaCy's English tokeniser and rule-based sentence splitter; no trained component is needed."""
    import spacy

    language = spacy.blank("en")
    language.add_pipe("sentencizer", config={"punct_chars": [".", "!", "?", ";", "…"]})
    language.max_length = 2**31
    return language


def _words(tokens) -> str:
    kept = (token.norm_.lower() for token in tokens if not token.is_space and any(c.isalnum() for c in token.text))
    return " ".join(kept)


def analyse(texts: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return, for each text, its words and the words of each of its sentences, as strings of words between spaces.

    Words are spaCy's tokens in their normal form ('cant' and "can't" alike), lower case, without punctuation. A new line
    ends a sentence, because people write lists.
    """
    language = _language()
    found = []
    lines = [[line for line in (_BULLET.sub("", line) for line in text.splitlines()) if line] for text in texts]
    docs = language.pipe(line for text in lines for line in text)
    for text in lines:
        sentences = [_words(sent) for doc in (next(docs) for _ in text) for sent in doc.sents]
        sentences = [sentence for sentence in sentences if sentence]
        found.append((" ".join(sentences), sentences))
    return found


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each sentence of a text, in characters."""
    spans, start = [], 0
    for line in text.splitlines(keepends=True):
        for sent in _language()(line).sents:
            if sent.text.strip():
                spans.append((start + sent.start_char, start + sent.end_char))
        start += len(line)
    return spans
