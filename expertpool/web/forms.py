"""The base of every form of the portal: labels above, help below, errors beside the field and in a summary."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _

from expertpool.refusals import Refusal

# Django's word for an empty box names neither the box nor what to do; a form may say it better itself.
GENERIC = forms.Field.default_error_messages["required"]

# Django's label for the choice of nothing.
DASHES = BLANK_CHOICE_DASH[0][1]


def _what_to_do(field: forms.Field) -> str:
    words = _("请填写“%(label)s”。")
    if isinstance(field, forms.ChoiceField | forms.FileField):
        words = _("请选择“%(label)s”。")
    elif isinstance(field, forms.BooleanField):
        words = _("请勾选“%(label)s”。")
    return words % {"label": field.label}


class HouseRenderer(DjangoTemplates):
    """Renders fields and forms with our components and widgets with Django's own templates."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

    def get_template(self, template_name: str) -> Any:
        if template_name.startswith("components/"):
            return get_template(template_name)
        return super().get_template(template_name)


@dataclass(frozen=True)
class SummaryLine:
    """One line of the error summary: what is wrong, the id of the field to jump to, and the rule behind it."""

    text: str
    target: str = ""
    label: str = ""
    article: str = ""
    regulation: str = ""
    edition: str = ""


class SometimesNeeded(forms.CharField):
    """A box that some answers cannot do without: it is not marked 选填, its help says when it must be filled, the service demands it."""

    conditional = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class HouseFormMixin:
    """Date pickers, our rendering, and refusals of a service put where they belong."""

    default_renderer: Any = HouseRenderer
    required_css_class = "is-required"
    error_css_class = "has-error"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.refusals: tuple[Refusal, ...] = ()
        self._dress()

    def full_clean(self) -> None:
        """Judge what was typed; boxes that a form added after it was made speak like the others."""
        self._dress()
        super().full_clean()  # type: ignore[misc]

    def _dress(self) -> None:
        """Date pickers, words for an empty choice, and what to do about an empty box, for every box of the form."""
        for field in self.fields.values():  # type: ignore[attr-defined]
            widget = field.widget
            if isinstance(field, forms.ModelChoiceField):
                if field.empty_label == DASHES:
                    field.empty_label = _("请选择")
            elif isinstance(field, forms.ChoiceField):
                choices: list[Any] = list(field.choices)  # type: ignore[arg-type]
                if any(label == DASHES for _value, label in choices):
                    field.choices = [(value, _("请选择") if label == DASHES else label) for value, label in choices]
            if field.label and field.error_messages.get("required") == GENERIC:
                field.error_messages["required"] = _what_to_do(field)
            if type(widget) is forms.DateInput:
                widget.input_type, widget.format = "date", "%Y-%m-%d"
            elif type(widget) is forms.DateTimeInput:
                widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
            elif type(widget) is forms.Textarea and widget.attrs.get("rows") == "10":
                widget.attrs["rows"] = "5"

    def add_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Put each refusal on its field, or into the summary when it names no field of this form.

        Call it after ``is_valid()`` with ``Refused.refusals``; the form is invalid afterwards and nothing that was
        typed is lost.
        """
        for refusal in refusals:
            self.refusals += (refusal,)
            place = refusal.field if refusal.field in self.fields else None  # type: ignore[attr-defined]
            self.add_error(place, ValidationError(str(refusal.message), code=refusal.code))  # type: ignore[attr-defined]

    @property
    def error_summary(self) -> list[SummaryLine]:
        """Every error of the form in the order of its fields, each with the field's id and, if a rule spoke, its article."""
        rules = {str(refusal.message): refusal for refusal in self.refusals}

        def line(text: str, target: str = "", label: str = "") -> SummaryLine:
            rule = rules.get(text)
            return SummaryLine(text, target, label, *((rule.article, rule.regulation, rule.edition) if rule else ()))

        lines = [line(str(text)) for text in self.non_field_errors()]  # type: ignore[attr-defined]
        for name in self.fields:  # type: ignore[attr-defined]
            bound = self[name]  # type: ignore[index]
            lines += [line(str(text), bound.id_for_label or bound.auto_id, str(bound.label)) for text in bound.errors]
        return lines


class HouseForm(HouseFormMixin, forms.Form):  # type: ignore[misc]
    """A form of the portal."""


class HouseModelForm(HouseFormMixin, forms.ModelForm):  # type: ignore[misc]
    """A form of the portal over a model (plain editing only; acts go through services)."""
