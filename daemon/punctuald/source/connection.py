"""One persistent HTTP/1.1 connection on a bare socket, over TLS where the address is https."""

from __future__ import annotations

import select
import socket
import ssl
from dataclasses import dataclass

from .http_answer import AnswerError, AnswerReader, HttpAnswer, TruncatedAnswer


class ConnectionFailed(Exception):
    """A request got no answer. The classes below say how far it came."""


class CannotConnect(ConnectionFailed):
    """No such host, nobody there, or no way to it."""


class ConnectTimedOut(ConnectionFailed):
    """Nobody answered the attempt to connect."""


class NotTrusted(ConnectionFailed):
    """TLS failed: a certificate that none of our authorities vouches for, another host's, or no TLS at all."""


class ReadTimedOut(ConnectionFailed):
    """Connected, asked, and heard nothing for too long."""


class ConnectionLost(ConnectionFailed):
    """Reset or closed before the end of the answer, or what came was no answer."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect; ``tls`` None speaks in the clear. ``host`` is a name or an address, IPv6 without brackets."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class Connection:
    """Opened when first needed, and anew when the server has closed it. For one thread at a time."""

    def __init__(self, server: Server, connect_timeout_seconds: float, read_timeout_seconds: float) -> None:
        self._server = server
        self._connect_timeout_seconds = connect_timeout_seconds
        self._read_timeout_seconds = read_timeout_seconds
        self._socket: socket.socket | None = None  # between two requests
        self._arrivals = select.poll()

    def exchange(self, request: bytes) -> HttpAnswer:
        """Send and read the answer. Raises a `ConnectionFailed`.

        A server ends a connection that it has long heard nothing on at any time, so also while our request is on its
        way. One that was closed before the first byte of an answer is therefore sent once more, on a new connection:
        only for requests that may be done twice.
        """
        kept = self._is_open()
        try:
            return self._attempt(request)
        except TruncatedAnswer as error:
            if not kept or error.began:
                raise ConnectionLost(str(error)) from error
        try:
            return self._attempt(request)
        except TruncatedAnswer as error:
            raise ConnectionLost(str(error)) from error

    def close(self) -> None:
        """At the next request it is opened again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _is_open(self) -> bool:
        """Whether an earlier request's connection is there and the server has not closed it meanwhile."""
        if self._socket is None:
            return False
        if self._arrivals.poll(0):  # the end of the stream, or bytes that nobody asked for: of no use either way
            self.close()
        return self._socket is not None

    def _attempt(self, request: bytes) -> HttpAnswer:
        """Raises `TruncatedAnswer` where the server closed the connection, and a `ConnectionFailed` for all else."""
        connected = self._socket or self._open()
        self._socket = None  # a socket that an error left half read must never carry another request
        try:
            answer = self._converse(connected, request)
        except BaseException:
            connected.close()
            raise
        if answer.reusable:
            self._socket = connected
        else:
            connected.close()
        return answer

    def _converse(self, connected: socket.socket, request: bytes) -> HttpAnswer:
        reader = AnswerReader(connected.recv)
        try:
            connected.sendall(request)
            return reader.read()
        except TruncatedAnswer:
            raise
        except AnswerError as error:
            raise ConnectionLost(str(error)) from error
        except TimeoutError as error:
            raise ReadTimedOut(f"no answer within {self._read_timeout_seconds:g} s") from error
        except OSError as error:  # reset, broken pipe, or TLS ended without its farewell
            raise TruncatedAnswer(began=reader.began) from error

    def _open(self) -> socket.socket:
        server = self._server
        try:
            plain = socket.create_connection((server.host, server.port), self._connect_timeout_seconds)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # a NAT gateway forgets a silent connection within a long poll's time or two
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        except TimeoutError as error:
            raise ConnectTimedOut(f"not connected within {self._connect_timeout_seconds:g} s") from error
        except (OSError, UnicodeError) as error:  # UnicodeError: a label of the host's name is longer than DNS allows
            raise CannotConnect(str(error)) from error
        opened = plain if server.tls is None else self._secure(plain, server.tls)
        opened.settimeout(self._read_timeout_seconds)
        self._arrivals = select.poll()
        self._arrivals.register(opened, select.POLLIN)
        return opened

    def _secure(self, plain: socket.socket, tls: ssl.SSLContext) -> socket.socket:
        try:
            return tls.wrap_socket(plain, server_hostname=self._server.host)
        except BaseException as error:
            plain.close()
            if isinstance(error, TimeoutError):
                raise ConnectTimedOut(f"no TLS within {self._connect_timeout_seconds:g} s") from error
            if isinstance(error, (OSError, ValueError)):
                raise NotTrusted(str(error)) from error
            raise
