"""Personal data as a screen shows it: enough to recognise, too little to use."""

STAR = "*"


def _keep(text: str, front: int, back: int) -> str:
    if len(text) <= front + back:
        return STAR * len(text)
    return text[:front] + STAR * (len(text) - front - back) + text[len(text) - back :]


def mask_id_number(text: str) -> str:
    """``110105194912310021`` → ``1101**********0021``."""
    return _keep(text, 4, 4)


def mask_phone(text: str) -> str:
    """``13812345678`` → ``138****5678``; a shorter number keeps its last two digits."""
    return _keep(text, 3, 4) if len(text) >= 11 else _keep(text, 0, 2)
