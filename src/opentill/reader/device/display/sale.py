"""The screens of a sale before the card: the cart and the tip."""

from opentill.domain.money import decimals
from opentill.link.tasks import Cart, Payment
from opentill.reader.device.amounts import amount
from opentill.reader.device.core import Core
from opentill.reader.device.job import Job
from opentill.reader.device.sale import custom_tip as keyed_in
from opentill.reader.device.screens import Button, Field, Line, Screen


def cart(core: Core) -> Screen:
    """What is bought, as the till says it: the reader adds nothing up."""
    t, task = core.texts, core.job.task if core.job is not None else None
    if not isinstance(task, Cart):
        return Screen(name="cart", heading=t.cart)
    totals: list[Line] = []
    if task.tax is not None:
        totals.append(Line(label=t.tax, value=amount(task.tax, task.currency, core.language)))
    total = amount(task.total, task.currency, core.language)
    totals.append(Line(label=t.total, value=total))
    return Screen(
        name="cart",
        heading=t.cart,
        amount=total,
        merchant=_merchant(core),
        lines=[
            Line(
                label=line.description, value=amount(line.amount, task.currency, core.language), quantity=line.quantity
            )
            for line in task.lines
        ],
        totals=totals,
    )


def tip(core: Core) -> Screen:
    """The suggestions."""
    t, job = core.texts, core.job
    if job is None or not isinstance(job.task, Payment):
        return Screen(name="tip", heading=t.tip)
    task = job.task
    buttons: list[Button] = []
    for index, suggestion in enumerate(task.tips or []):
        money = amount(suggestion.amount, task.currency, core.language)
        share = suggestion.percentage
        label, detail = (
            (money, None)
            if share is None
            else (f"{share} %" if core.language in ("fr", "de", "es") else f"{share}%", money)
        )
        buttons.append(Button(id=f"tip:{index}", label=label, detail=detail, style="primary"))
    buttons += [Button(id="custom_tip", label=t.tip_custom), Button(id="no_tip", label=t.tip_none)]
    return Screen(
        name="tip",
        heading=t.tip,
        detail=t.tip_too_much if job.tip_error else None,
        amount=amount(task.amount, task.currency, core.language),
        merchant=_merchant(core),
        buttons=[*buttons, *cancel(core, job)],
    )


def _keyed_in(core: Core, job: Job) -> str:
    """What was keyed in, as money."""
    return amount(keyed_in(job), job.currency or "usd", core.language)


def custom_tip(core: Core) -> Screen:
    """An amount of the customer's own."""
    t, job = core.texts, core.job
    if job is None or not isinstance(job.task, Payment):
        return Screen(name="custom_tip", heading=t.tip_custom)
    return Screen(
        name="custom_tip",
        heading=t.tip_custom,
        amount=amount(job.task.amount, job.task.currency, core.language),
        field=Field(
            kind="digits",
            label=t.tip_custom,
            value=_keyed_in(core, job),
            entered=len(job.custom_tip),
            error=t.tip_too_much if job.tip_error else None,
        ),
        keypad=None if core.model.keys else "decimal" if decimals(job.task.currency) else "digits",
        buttons=[
            Button(id="submit", label=t.next, style="primary"),
            Button(id="back", label=t.back, style="plain"),
        ],
    )


def cancel(core: Core, job: Job) -> list[Button]:
    """The cancel button, where the action has one (`enable_customer_cancellation`)."""
    return [Button(id="cancel", label=core.texts.cancel, style="plain")] if job.cancelable else []


def _merchant(core: Core) -> str | None:
    return None if core.settings is None else core.settings.merchant
