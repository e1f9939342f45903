"""From an unknown export to a first `consultation.toml` to correct: what each column holds, on which scale, and the draft."""
