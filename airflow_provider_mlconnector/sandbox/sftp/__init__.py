"""A partner's SFTP server on loopback, for tests, the demo and the curious; it can be told to misbehave."""

from airflow_provider_mlconnector.sandbox.sftp.faults import Faults
from airflow_provider_mlconnector.sandbox.sftp.server import Operation, SftpSandbox

__all__ = ["Faults", "Operation", "SftpSandbox"]
