"""A bare aiohttp handler that reads JSON and acknowledges it: the floor of everything that Teams sends us.

``python -m tests.bench.bare`` says its port, and serves until it is ended.
"""

import asyncio
import sys

from aiohttp import web


async def acknowledge(request: web.Request) -> web.Response:
    """Read, and answer."""
    await request.json()
    return web.json_response({"statusCode": 200})


async def _serve() -> None:
    app = web.Application()
    app.add_routes([web.post("/api/messages", acknowledge)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
