"""From folders to a page that is served until Ctrl-C."""

import contextlib
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from types import FrameType

import uvicorn

from pellucid.nets import StorageError
from pellucid.view.runs import Runs
from pellucid.view.server import application

__all__ = ["serve"]

HOST = "127.0.0.1"
SECONDS_TO_END = 2  # that an answer under way may take after Ctrl-C


def serve(folders: Sequence[str | os.PathLike[str]], *, port: int = 0, on_start: Callable[[str, int], None]) -> None:
    """Serve the runs in folders on the loopback address until Ctrl-C; port 0 takes a free one.

    `on_start` is called with the address, its token included, and the number of runs. Raises StorageError for a folder that is
    missing and for a port that is taken.
    """
    runs = Runs(folders)
    runs.search()
    with _listening(port) as listener:
        port = listener.getsockname()[1]
        token = secrets.token_urlsafe(24)
        guarded, watch = application(runs, token, port)
        config = uvicorn.Config(
            guarded,
            log_level="critical",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=SECONDS_TO_END,
        )
        server = uvicorn.Server(config)
        end = server.handle_exit

        def handle_exit(number: int, frame: FrameType | None) -> None:
            watch.close()
            end(number, frame)

        server.handle_exit = handle_exit
        on_start(f"http://{HOST}:{port}/?token={token}", len(runs))
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises the signal again when everything is closed
            server.run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # whoever has the address may come before the server has begun
    except OSError as error:
        listener.close()
        raise StorageError(f"--port {port}: {error.strerror or error}; without --port a free one is taken") from None
    return listener
