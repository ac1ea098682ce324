"""Puts dead-lettered messages back: each is sent before it is deleted, so that an end at any moment loses none."""
