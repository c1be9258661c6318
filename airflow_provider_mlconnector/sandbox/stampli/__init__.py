"""Stampli's file integration on loopback: an SFTP server whose files change as Stampli's would.

What Stampli's files really look like is not public: everything here is the sheet's neutral layout, and invented.
"""

from airflow_provider_mlconnector.sandbox.stampli.exports import Outbox, Upload
from airflow_provider_mlconnector.sandbox.stampli.inbound import Report
from airflow_provider_mlconnector.sandbox.stampli.rendering import Form
from airflow_provider_mlconnector.sandbox.stampli.sandbox import StampliSandbox

__all__ = ["Form", "Outbox", "Report", "StampliSandbox", "Upload"]
