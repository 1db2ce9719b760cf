"""The texts there are. Every language has all of them, or it cannot be made."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """One language. Texts with {braces} are completed by `str.format`."""

    # Resting
    welcome: str
    starting: str
    restarting: str
    connecting: str
    offline: str
    offline_detail: str
    storage_full: str
    storage_full_detail: str
    update_needed: str
    update_needed_detail: str
    not_admitted: str
    not_admitted_detail: str

    # Registration
    pairing: str
    pairing_detail: str
    pairing_wait: str
    pairing_no_link: str
    pairing_too_many: str
    new_code: str

    # Settings
    settings: str
    passcode: str
    passcode_wrong: str
    passcode_locked: str
    generate_code: str
    diagnostics: str
    network: str
    language: str
    about: str
    restart: str
    close: str
    serial_number: str
    model: str
    software: str
    ip_address: str
    wifi: str
    server: str
    label: str
    location: str
    card_reader: str
    storage: str
    connected: str
    not_connected: str
    in_order: str
    out_of_order: str
    unknown: str

    # Buttons of many screens
    back: str
    cancel: str
    clear: str
    next: str
    submit: str
    skip: str

    # The sale
    cart: str
    tax: str
    subtotal: str
    total: str
    preauthorization: str
    refund: str
    saves_card: str
    tip: str
    tip_line: str
    tip_custom: str
    tip_none: str
    tip_too_much: str

    # Cards
    tap_insert_swipe: str
    tap_insert: str
    insert_swipe: str
    insert: str
    removed_early: str
    tap_again: str
    chip_error: str
    unsupported_card: str
    blocked_card: str
    declined_by_card: str
    use_chip: str
    swipe_now: str
    swipe_again: str
    insert_for_pin: str
    again_for_pin: str
    pin_timeout: str
    leave_card: str
    hold_card: str
    choose_application: str
    pin: str
    pin_wrong: str
    pin_tries: str
    pin_last_try: str
    pin_short: str
    pin_skip: str
    key_in: str
    card_number: str
    card_number_wrong: str
    card_expiry: str
    card_expiry_wrong: str
    card_code: str
    card_code_wrong: str
    card_postal_code: str
    card_postal_code_wrong: str
    card_summary: str
    card_ending: str
    pay: str
    save: str

    # On the way, and the end
    processing: str
    please_wait: str
    canceling: str
    approved: str
    declined: str
    failed: str
    saved: str
    refunded: str
    printed: str
    thanks: str
    canceled: str
    remove_card: str
    remove_and_present: str
    printing: str

    # Forms
    sign: str
    choose: str
    enter_phone: str
    enter_email: str
    enter_text: str
    enter_number: str
    is_required: str
    email_wrong: str
    phone_wrong: str
    number_wrong: str
    text_too_long: str
    sign_first: str

    reasons: Mapping[str, str]
    """Decline code → why; the others are told no more than that it was declined."""

    printer: Mapping[str, str]
    """Printer trouble → what it is."""
