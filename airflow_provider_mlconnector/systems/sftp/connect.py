"""From a partner's configuration to a signed-in SFTP session.

The order is what makes it safe: the private key is opened before anything is dialed, the server proves its pinned host
key before it learns who signs in, and refused sign-ins are never repeated fast enough to lock an account.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import paramiko
import tenacity

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError, MlconnectorError, TransientError
from airflow_provider_mlconnector.systems.sftp import hostkeys
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.failures import LOST
from airflow_provider_mlconnector.systems.sftp.keys import load_private_key
from airflow_provider_mlconnector.systems.sftp.protocol import PartnerClient
from airflow_provider_mlconnector.systems.sftp.watchdog import Watchdog

log = logging.getLogger(__name__)

WIRE_LOG = f"{__name__}.wire"
# paramiko writes a traceback for every line that is cut, and what peers send, in places; the errors say what matters.
logging.getLogger(WIRE_LOG).setLevel(logging.CRITICAL)

FAST_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
"""Preferred where paramiko has them: encryption and integrity in one pass; see `benchmarks`."""

WINDOW = 16 * 1024 * 1024
Sleep = Callable[[float], None]


@dataclass
class Session:
    """A signed-in SFTP session.

    Args:
        client: for requests.
        transport: the SSH connection below it.
        watchdog: closes a line that has fallen silent.
        host_key: the pinned key that the server proved to have.
    """

    client: PartnerClient
    transport: paramiko.Transport
    watchdog: Watchdog
    host_key: hostkeys.PinnedKey

    @property
    def server(self) -> str:
        """How the server calls itself, without control characters; it is the other side's text."""
        return "".join(letter for letter in self.transport.remote_version[:120] if letter.isprintable())

    def close(self) -> None:
        """End the session; also one whose line is gone."""
        self.watchdog.stop()
        self.transport.close()


class _SignInError(Exception):
    """A sign-in that may be tried once more, carrying the error for when it may not."""

    def __init__(self, error: MlconnectorError) -> None:
        super().__init__(str(error))
        self.error = error


def connect(config: PartnerConfig, *, sleep: Sleep = time.sleep) -> Session:
    """Connect, check the host key, sign in, and open an SFTP session.

    Args:
        config: whom to connect to.
        sleep: waits for a number of seconds; tests hand in their own.

    Raises:
        ConfigurationError: no host key is pinned, the key can't be read, or there is no algorithm in common.
        CredentialsError: the host key is not a pinned one, or the sign-in was refused.
        TransientError: the server can't be reached, or does not answer, after all attempts.
    """
    key = _private_key(config)
    left = config.auth_retries
    while True:
        transport, host_key = _reach(config, sleep)
        try:
            _sign_in(config, transport, key)
            return _open_sftp(config, transport, host_key)
        except _SignInError as failed:
            transport.close()
            if left == 0:
                raise failed.error from None
            left -= 1
            log.warning("%s Once more in %g s.", failed.error.message, config.auth_retry_pause)
            sleep(config.auth_retry_pause)
        except BaseException:
            transport.close()
            raise


def _private_key(config: PartnerConfig) -> paramiko.PKey | None:
    if config.private_key:
        return load_private_key(config.private_key, config.passphrases, "The extra private_key")
    if not config.key_file:
        return None
    try:
        text = Path(config.key_file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"key_file {config.key_file} can't be read: {type(error).__name__}.") from None
    return load_private_key(text, config.passphrases, f"key_file {config.key_file}")


def _reach(config: PartnerConfig, sleep: Sleep) -> tuple[paramiko.Transport, hostkeys.PinnedKey]:
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(config.connect_attempts),
        wait=tenacity.wait_random_exponential(multiplier=config.backoff, max=config.backoff_cap),
        retry=tenacity.retry_if_exception_type(TransientError),
        before_sleep=_announce,
        sleep=sleep,
        reraise=True,
    )
    return retrying(_checked_transport, config)


def _announce(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0.0
    log.warning("%s Attempt %d; the next one in %.1f s.", error, state.attempt_number, pause)


def _checked_transport(config: PartnerConfig) -> tuple[paramiko.Transport, hostkeys.PinnedKey]:
    """A negotiated line to a server that proved a pinned key; a server with several keys is asked for each type."""
    wanted = list(hostkeys.key_types(config.pinned))
    seen: list[hostkeys.PinnedKey] = []
    while wanted:
        transport = _negotiate(config, wanted)
        if transport is None:
            break
        server_key = transport.get_remote_server_key()
        presented = hostkeys.PinnedKey(hostkeys.fingerprint(server_key.asbytes()), server_key.get_name())
        if any(pin.fingerprint == presented.fingerprint for pin in config.pinned):
            return transport, presented
        transport.close()
        seen.append(presented)
        wanted = [name for name in wanted if name != presented.key_type]
    raise _unknown_host(config, seen or _any_key(config))


def _any_key(config: PartnerConfig) -> list[hostkeys.PinnedKey]:
    transport = _negotiate(config, list(hostkeys.ALGORITHMS))
    if transport is None:
        return []
    server_key = transport.get_remote_server_key()
    transport.close()
    return [hostkeys.PinnedKey(hostkeys.fingerprint(server_key.asbytes()), server_key.get_name())]


def _unknown_host(config: PartnerConfig, seen: list[hostkeys.PinnedKey]) -> MlconnectorError:
    shown = ", ".join(str(key) for key in seen) or "no key of a supported type"
    where = f"{config.host}:{config.port}"
    if not config.pinned:
        return ConfigurationError(
            f"No host key is pinned for {where}, so nobody knows whether it is the partner's server. "
            f"It presents: {shown}.",
            "Have the partner confirm that fingerprint by another way (not by this connection), then put it into the "
            "connection's extra host_key.",
        )
    expected = ", ".join(str(pin) for pin in config.pinned)
    return CredentialsError(
        f"The host key of {where} is not a pinned one. It presents: {shown}. Pinned: {expected}. No sign-in was tried.",
        "Ask the partner whether the key was changed. If it was, and they confirm the new fingerprint by another way, "
        "add it to the connection's extra host_key; if not, somebody may be listening in.",
    )


def _negotiate(config: PartnerConfig, wanted: list[str]) -> paramiko.Transport | None:
    """A line on which the server has proved one of its keys; None where it has none of the wanted types."""
    transport = _dial(config)
    try:
        transport.banner_timeout = config.banner_timeout
        transport.auth_timeout = config.auth_timeout
        transport.set_log_channel(WIRE_LOG)
        options = transport.get_security_options()
        acceptable = {name for key_type in wanted for name in hostkeys.ALGORITHMS[key_type]}
        options.key_types = [name for name in options.key_types if name in acceptable]
        options.ciphers = _ciphers(config, tuple(options.ciphers))
        transport.use_compression(config.compress)
        transport.start_client(timeout=config.banner_timeout)
        transport.get_remote_server_key()
        transport.set_keepalive(config.keepalive)
    except paramiko.ssh_exception.IncompatiblePeer as error:
        transport.close()
        if "host key" in str(error):
            return None
        raise ConfigurationError(f"{config.host}:{config.port} has no algorithm in common with us: {error}") from None
    except LOST as error:
        transport.close()
        raise TransientError(
            f"{config.host}:{config.port} took the connection, and did not greet as an SSH server in "
            f"{config.banner_timeout:g} s or cut it ({type(error).__name__})."
        ) from None
    return transport


def _dial(config: PartnerConfig) -> paramiko.Transport:
    where = f"{config.host}:{config.port}"
    try:
        line = socket.create_connection((config.host, config.port), timeout=config.conn_timeout)
    except socket.gaierror:
        raise TransientError(f"The name {config.host} can't be resolved.", "Check the connection's host.") from None
    except TimeoutError:
        raise TransientError(f"{where} did not take the connection in {config.conn_timeout:g} s.") from None
    except OSError as error:
        raise TransientError(f"{where} can't be reached: {error.strerror or type(error).__name__}.") from None
    disabled = {kind: list(names) for kind, names in config.disabled_algorithms.items()}
    return paramiko.Transport(line, default_window_size=WINDOW, disabled_algorithms=disabled)


def _ciphers(config: PartnerConfig, known: tuple[str, ...]) -> list[str]:
    if config.ciphers:
        unknown = [name for name in config.ciphers if name not in known]
        if unknown:
            raise ConfigurationError(f"ciphers: {unknown[0]!r} is not known here.", f"Known are: {', '.join(known)}.")
        return list(config.ciphers)
    fast = [name for name in FAST_CIPHERS if name in known]
    return [*fast, *(name for name in known if name not in fast)]


def _sign_in(config: PartnerConfig, transport: paramiko.Transport, key: paramiko.PKey | None) -> None:
    where, means = config.address, "key" if key is not None else "password"
    try:
        if key is None:
            missing = transport.auth_password(config.login, config.password)
        else:
            missing = transport.auth_publickey(config.login, key)
            if missing and config.password:
                means = "key and password"
                missing = transport.auth_password(config.login, config.password)
    except paramiko.BadAuthenticationType as error:
        raise _refused_sign_in(where, means, tuple(error.allowed_types)) from None
    except paramiko.AuthenticationException as error:
        if transport.is_active() and "timeout" in str(error).lower():
            silent = TransientError(f"{where} did not answer the sign-in in {config.auth_timeout:g} s.")
            raise _SignInError(silent) from None
        raise _SignInError(_refused_sign_in(where, means, ())) from None
    except LOST:
        raise _SignInError(_refused_sign_in(where, means, ())) from None
    if missing:
        raise _refused_sign_in(where, means, tuple(missing))


def _refused_sign_in(where: str, means: str, wanted: tuple[str, ...]) -> CredentialsError:
    also = f" It asks for: {', '.join(wanted)}." if wanted else ""
    return CredentialsError(
        f"{where} refused the sign-in by {means}.{also}",
        "Check the connection's login, key and password with the partner before trying again: several refused "
        "sign-ins may lock the account.",
    )


def _open_sftp(config: PartnerConfig, transport: paramiko.Transport, host_key: hostkeys.PinnedKey) -> Session:
    watchdog = Watchdog(config.operation_timeout, transport.close)
    try:
        with watchdog.guard():
            channel = transport.open_session(timeout=config.operation_timeout)
            channel.invoke_subsystem("sftp")
            client = PartnerClient(channel)
            client.alive = watchdog.beat
    except LOST as error:
        watchdog.stop()
        raise TransientError(
            f"{config.address} took the sign-in, and opened no SFTP session ({type(error).__name__}).",
            "If it goes on, ask the partner whether SFTP is enabled for this user.",
        ) from None
    except BaseException:
        watchdog.stop()
        raise
    return Session(client, transport, watchdog, host_key)
