"""What runs by the clock, for the command ``rqcron`` (one process of it, started by ``serve``)."""

from functools import partial

import rq.cron
from rq.cron import register
from rq.queue import Queue
from rq.serializers import JSONSerializer

from expertpool.server.sweeping import sweep_everything, sweep_messages_now

# rq's cron builds its queues with the pickle serializer whatever the settings say; our workers read JSON only.
rq.cron.Queue = partial(Queue, serializer=JSONSerializer)  # type: ignore[misc, assignment, attr-defined]

register(sweep_messages_now, queue_name="default", interval=60, result_ttl=600)
register(sweep_everything, queue_name="default", interval=300, result_ttl=600)
