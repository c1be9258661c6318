"""Posting into SYSPRO: AP invoices, GL journals, suppliers, and payments by a site's own business object."""
