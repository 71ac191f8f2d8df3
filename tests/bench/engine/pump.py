"""The pump: Procrastinate says which replica empties which lane, and when.

The transaction that gives a lane something to say defers a job for it (``pump.sql``), of which no two run at once and
no two wait. Its body is what the worker does anyway: take the lane's lease, send, settle, give it back. So the rows of
the outbox stay the truth, and their token the fence: Procrastinate finishes a job by its number, whoever holds it.

Once a second each replica looks besides, as it does without an engine: for what is due without a commit, and for what a
job missed that was fetched just before the commit that relied on it. The same look removes the jobs of a replica that
was killed.
"""

import asyncio
import contextlib
from functools import partial
from importlib.resources import files
from typing import Any

import psycopg
from procrastinate import App as Engine
from procrastinate import PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.schema import SchemaManager

from bot.app import App
from bot.outbox.delivery import Delivery
from bot.outbox.worker import IDLE, Job, Worker
from storage.channels import messages
from storage.channels.lanes import LaneRow

QUEUE = "outbox"
# So often is looked for a job that no notification told of: one whose lock was held when it came.
POLL = 0.1
BEAT = 1.0
STALLED = 4.0
LANES = 100
_SCHEMA_LOCK = 7_017


class Pump:
    """Runs the jobs of one replica."""

    def __init__(self, app: App) -> None:
        """Take the workers of an app, which look only once a second from now on, and defer what they find."""
        url = app.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._delivery = app.delivery
        self._workers = {one.queue.name: one for one in (app.delivery.worker, app.publishing.worker)}
        self._lanes: dict[str, LaneRow] = {}
        self._deferring: set[asyncio.Task[None]] = set()
        make_schema(url)
        self._engine = Engine(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4))
        bodies = {"Delivery": self._empty_lane, "Publishing": self._publish}
        self._tasks = {name: self._engine.task(body, name=name, queue=QUEUE) for name, body in bodies.items()}
        Worker._start = lambda worker, job: self._start(worker, job)  # type: ignore[method-assign, assignment]
        Worker.ring = _ring  # type: ignore[method-assign, assignment]
        Worker.is_anothers = _never  # type: ignore[method-assign, assignment]

    async def run(self) -> None:
        """Work until cancelled."""
        async with self._engine.open_async(), asyncio.TaskGroup() as both:
            both.create_task(self._rescue())
            await self._engine.run_worker_async(
                queues=[QUEUE],
                concurrency=LANES,
                fetch_job_polling_interval=POLL,
                abort_job_polling_interval=60.0,
                update_heartbeat_interval=BEAT,
                stalled_worker_timeout=STALLED,
                delete_jobs=DeleteJobCondition.ALWAYS,
                install_signal_handlers=False,
            )
            raise RuntimeError("Procrastinate's worker has ended.")

    async def _empty_lane(self, key: str) -> None:
        lane = self._lanes.get(key)
        if lane is None:
            found = await self._delivery.database.read(lambda session: messages.lane(session, int(key)))
            lane = self._lanes[key] = LaneRow(found.id, found.platform, found.channel)
        await self._work(self._delivery.worker, Job(lane.id, lane.id, partial(self._delivery._work, lane)))

    async def _publish(self, key: str) -> None:
        worker = self._workers["Publishing"]
        while jobs := [job for job in await worker.queue.due(()) if job.key == key]:
            await self._work(worker, jobs[0])

    async def _work(self, worker: Worker, job: Job) -> None:
        """Do what the worker does with a job, and let it know."""
        task: Any = asyncio.current_task()
        worker._tasks[job.key] = task
        try:
            await worker._work(job)
        finally:
            worker._tasks.pop(job.key, None)

    def _start(self, worker: Worker, job: Job) -> None:
        """Defer what the look has found; a parked lane is probed here, for nothing is leased for that."""
        step: Any = job.run
        probes = getattr(step.func, "__func__", None) is Delivery._probe
        task = asyncio.create_task(worker._work(job) if probes else self._defer(worker.queue.name, str(job.key)))
        self._deferring.add(task)
        task.add_done_callback(self._deferring.discard)

    async def _defer(self, name: str, key: str) -> None:
        work = f"{name}:{key}"
        with contextlib.suppress(AlreadyEnqueued):
            await self._tasks[name].configure(lock=work, queueing_lock=work).defer_async(key=key)

    async def _rescue(self) -> None:
        """Remove the jobs of who is gone: what they were about is still due, and is deferred by the next look.

        To retry one fails where another waits already, by its queueing lock.
        """
        manager = self._engine.job_manager
        while True:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
                with contextlib.suppress(ConnectorException):  # another replica was first
                    await manager.finish_job(job, Status.ABORTED, delete_job=True)
            await asyncio.sleep(IDLE)


def _ring(worker: Worker) -> None:
    """Wake the look only for the end: that there is work is told by Procrastinate."""
    if worker.stopping:
        worker._bell.set()


def _never(_worker: Worker, _job: object, *, stays: bool = False) -> bool:
    """Nothing is another one's turn: who fetches a job does it."""
    return False


def make_schema(url: str) -> None:
    """Make Procrastinate's tables and our triggers, where they are not there yet."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
        if connection.execute("SELECT to_regclass('procrastinate_jobs') IS NULL").fetchone() == (True,):
            connection.execute(SchemaManager.get_schema())
            connection.execute((files(__package__) / "pump.sql").read_bytes())
