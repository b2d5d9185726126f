"""What must not stand in a log: the address of a reply link is a key, and refused requests are logged by their address."""

import logging
import re

REPLY_LINK = re.compile(r"/r/[A-Za-z0-9_-]{8,}")


class WithoutReplyLinks(logging.Filter):
    """Writes ``/r/…`` where a reply link stands in a message."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if REPLY_LINK.search(text):
            record.msg, record.args = REPLY_LINK.sub("/r/…", text), ()
        return True
