"""Closed answers: every answer × every group, zeros kept, bases stated."""
