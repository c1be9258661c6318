"""Sage Intacct's XML web services: sessions, queries, and streams of its objects."""
