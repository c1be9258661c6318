"""The streams of SYSPRO that come with the provider, and those that a site declares itself."""

from __future__ import annotations

from airflow_provider_mlconnector.streams.shipped import ShippedStreams

_STREAMS = ShippedStreams("airflow_provider_mlconnector.systems.syspro")
shipped = _STREAMS.shipped
load_streams = _STREAMS.load_streams
