"""verify_draw.html: the browser verifier as one file that needs no server, built from the scripts of the site's own page."""

import base64
import hashlib
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static

#: What computes, in the order in which one needs the other; the worker holds these.
PARTS = ("words", "hashes", "bundle", "grammar", "lists", "course", "paper", "checks")
#: What shows.
PAGE = ("memory", "page")
STYLES = ("css/tokens.css", "css/components.css", "css/portal.css", "css/verify.css")


def script(name: str) -> str:
    """Where a script of the verifier stands among the static files."""
    return f"verify/{name}.js"


def verify_page_context() -> dict[str, object]:
    """Addresses of the scripts, for the template of the site's page."""
    return {
        "parts": [static(script(name)) for name in PARTS],
        "page": [static(script(name)) for name in PAGE],
        "worker": static(script("worker")),
    }


def verify_file() -> str:
    """The text of verify_draw.html. Its own policy lets it run these scripts and lets it reach no network."""
    style = "\n".join(_text(path) for path in STYLES)
    texts = {name: _text(script(name)) for name in (*PARTS, "worker", *PAGE)}
    if broken := [name for name, text in texts.items() if "</script" in text or "<!--" in text]:
        raise ValueError(f"These scripts would end their own element (</script or <!--): {broken}")
    scripts = [{"text": text, "part": name not in PAGE} for name, text in texts.items()]
    hashes = " ".join(map(_digest, texts.values()))
    policy = f"default-src 'none'; script-src {hashes}; style-src {_digest(style)}; worker-src blob:; form-action 'none'; base-uri 'none'"
    return render_to_string("selection/verify_file.html", {"style": style, "scripts": scripts, "policy": policy, "worker": ""})


def _text(path: str) -> str:
    found = finders.find(path)
    if found is None:
        raise FileNotFoundError(f"static file {path} is missing")
    return Path(str(found)).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """The source expression by which a content policy allows exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
