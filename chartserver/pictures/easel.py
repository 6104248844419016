"""The process that draws: reads scenes from its input, writes pictures, ends when it is idle.

A message is a mark (a byte), the length (4 bytes), and as many bytes: a scene in JSON, or the
picture, or why there is none.
"""

import os
import resource
import select
import struct
import sys

import orjson

HEAD = struct.Struct("!cI")
SCENE, PICTURE, FAULT = b"s", b"p", b"f"
IDLE_S = 60.0
# Of addresses, most of which nothing is ever written to.
MEMORY_BYTES = 2 * 1024**3
# Behind the server: a picture can wait, a viewer cannot.
NICENESS = 10


def main() -> None:
    """Draw until nothing more is asked for."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    while scene := _next_scene():
        try:
            # Late: whoever writes a scene is not to wait for it to be read.
            from chartserver.pictures.painter import paint

            mark, content = PICTURE, paint(orjson.loads(scene))
        except Exception as error:
            mark, content = FAULT, f"{type(error).__name__}: {error}".encode()
        sys.stdout.buffer.write(HEAD.pack(mark, len(content)) + content)
        sys.stdout.buffer.flush()


def _next_scene() -> bytes:
    """Return the next scene; nothing when there will be none."""
    if not select.select([sys.stdin], [], [], IDLE_S)[0]:
        return b""
    head = sys.stdin.buffer.read(HEAD.size)
    if len(head) < HEAD.size:
        return b""
    return sys.stdin.buffer.read(HEAD.unpack(head)[1])


if __name__ == "__main__":
    main()
