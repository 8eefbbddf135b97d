"""Tools of a bicycle workshop, as a team may have them: `sparring tools module:examples.bicycle_tools`.

Type hints and docstrings are all that is read; the bodies are the team's own business.
"""

from enum import Enum
from typing import Literal

Slot = dict[str, str]
BOOKED: list[Slot] = []


class Frame(Enum):
    """Sizes of frames that the workshop rents out."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"


def book_repair(customer: str, day: str, work: Literal["brakes", "gears", "wheels", "service"]) -> Slot:
    """
    Books a repair in the workshop.

    Args:
        customer: Full name of the customer.
        day: Day of the repair, YYYY-MM-DD.
        work: What is to be repaired.
    """
    BOOKED.append({"customer": customer, "day": day, "work": work})
    return BOOKED[-1]


def cancel_repair(booking_number: int, reason: str | None = None) -> bool:
    """
    Cancels a repair that was booked.

    Args:
        booking_number: Number of the booking.
        reason: Why it is cancelled, in the customer's words.
    """
    return 0 <= booking_number < len(BOOKED)


def rent_bicycle(frame: Frame, days: int = 1, electric: bool = False) -> str:
    """
    Rents out a bicycle.

    Args:
        frame: Size of the frame.
        days: For how many days.
        electric: Whether it has a motor.
    """
    return f"{frame} for {days} days, {'with' if electric else 'without'} a motor"


def order_parts(parts: dict[str, int], express: bool = False) -> int:
    """
    Orders spare parts from the supplier.

    Args:
        parts: How many of each part, by the part's name.
        express: Whether they are to come the next day.
    """
    return sum(parts.values())


def estimate_price(work: list[str], hourly_rate: float = 60.0) -> float:
    """
    Estimates what a repair costs.

    Args:
        work: The single jobs, e.g. "true the front wheel".
        hourly_rate: Euros for an hour of work.
    """
    return len(work) * hourly_rate / 2


def gear_ratio(chainring_teeth: int, sprocket_teeth: int) -> float:
    """
    Computes the ratio of a gear.

    Args:
        chainring_teeth: Teeth of the chainring in front.
        sprocket_teeth: Teeth of the sprocket behind.
    """
    return chainring_teeth / sprocket_teeth


def tyre_pressure(rider_kg: float, tyre_mm: int, surface: Literal["road", "gravel", "trail"] = "road") -> float:
    """
    Recommends a pressure for a tyre, in bar.

    Args:
        rider_kg: Weight of the rider in kilograms.
        tyre_mm: Width of the tyre in millimetres.
        surface: What is ridden on.
    """
    return rider_kg / tyre_mm * {"road": 2.0, "gravel": 1.6, "trail": 1.4}[surface]


def find_customer(phone: str | None = None, mail: str | None = None) -> list[str]:
    """
    Finds customers by how they can be reached.

    Args:
        phone: Their telephone number.
        mail: Their mail address.
    """
    return [slot["customer"] for slot in BOOKED if phone or mail]


def send_reminder(customer: str, message: str, channel: Literal["sms", "mail"] = "sms") -> None:
    """
    Sends a customer a message that the bicycle is ready.

    Args:
        customer: Full name of the customer.
        message: Text of the message.
        channel: How it is sent.
    """


def log_inspection(frame_number: str, mileage_km: int | float, worn: list[Literal["chain", "pads", "tyres"]]) -> str:
    """
    Keeps what an inspection found.

    Args:
        frame_number: Number on the frame.
        mileage_km: What the bicycle has run, in kilometres.
        worn: Parts that must be replaced soon.
    """
    return f"{frame_number} at {mileage_km} km: {', '.join(worn)}"
