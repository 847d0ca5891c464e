"""Endpoints of conversations, messages and notifications."""
