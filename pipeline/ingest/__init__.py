"""Ingest: an export becomes Responses, and a ledger that accounts for every row of it."""
