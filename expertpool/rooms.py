"""The rooms of the house: what every installed app tells of itself, found and not listed."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings

from expertpool.regulations.acting import Acts, gather


def rooms(module: str) -> list[Any]:
    """The modules of this name of all installed apps, in the order of INSTALLED_APPS."""
    names = [f"{config.name}.{module}" for config in apps.get_app_configs()]
    return [import_module(name) for name in names if find_spec(name) is not None]


@cache
def declared() -> Acts:
    """What code acts on in a regulation: the declarations (`@acts_on`) of every module of the house's apps."""
    names = [name for config in apps.get_app_configs() if _is_ours(config) for name in _modules(config)]
    return gather(import_module(name) for name in names)


def _is_ours(config: AppConfig) -> bool:
    """Whether an app is part of the house, and not of a library."""
    root = import_module(config.name.partition(".")[0]).__path__[0]
    return Path(root).parent == settings.BASE_DIR


def _modules(config: AppConfig) -> list[str]:
    found = [info.name for info in walk_packages(import_module(config.name).__path__, f"{config.name}.")]
    return [config.name, *(name for name in found if ".migrations" not in name)]
