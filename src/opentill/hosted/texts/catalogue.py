"""The texts there are. Every language has all of them, or it cannot be made."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """One language. Texts with {braces} are completed by `str.format`."""

    # Around
    title_setup: str
    title_payment: str
    heading_setup: str
    heading_payment: str
    lead_setup: str
    back: str
    test_mode: str
    test_mode_detail: str
    powered_by: str

    # What is bought
    summary: str
    quantity: str
    each: str
    total: str
    update_total: str

    # Fields
    contact: str
    email: str
    phone: str
    card: str
    card_number: str
    expiry: str
    expiry_hint: str
    cvc: str
    cvc_hint: str
    name_on_card: str
    billing: str
    shipping: str
    full_name: str
    country: str
    line1: str
    line2: str
    city: str
    zip_code: str
    postcode: str
    postal_code: str
    state: str
    province: str
    prefecture: str
    region: str
    optional: str

    # Submitting
    save: str
    pay: str
    book: str
    donate: str
    complete_order: str
    processing: str
    terms_setup: str
    terms_payment: str

    # What is wrong with a field
    check_fields: str
    required: str
    email_invalid: str
    number_incomplete: str
    number_invalid: str
    expiry_incomplete: str
    expiry_past: str
    cvc_incomplete: str
    postal_invalid: str
    country_invalid: str
    too_long: str
    quantity_invalid: str
    amount_changed: str

    # What is wrong with a card
    declined: str
    insufficient_funds: str
    expired_card: str
    incorrect_cvc: str
    incorrect_postal_code: str
    processing_error: str
    too_often: str
    authentication_needed: str
    real_card_in_test_mode: str
    test_card_in_live_mode: str
    went_wrong: str

    # Other pages
    done_title: str
    done_setup: str
    done_payment: str
    returning: str
    go_on: str
    complete_title: str
    complete_setup: str
    complete_payment: str
    expired_title: str
    expired_detail: str
    start_again: str
    under_way_title: str
    under_way_detail: str
    missing_title: str
    missing_detail: str
    unavailable_title: str
    unavailable_detail: str
