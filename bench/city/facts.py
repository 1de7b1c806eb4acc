"""What is known of a day of Beijing's hotline: `day.yaml`, checked, and what follows from its numbers."""

from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from domain.vocabulary import Channel, RequestType

FILE = Path(__file__).with_name("day.yaml")
HOURS = 24
DAY_SECONDS = 86_400

Share = Annotated[float, Field(gt=0, lt=1)]
Weight = Annotated[float, Field(gt=0)]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bursts(_Facts):
    """How much comes in at once: contacts a second while one lasts, and what share of all that is."""

    a_second: Weight
    share: Share


class Matter(_Facts):
    """What share of contacts is about the branches `roots` of the category tree, alike for each of them."""

    share: Weight
    roots: tuple[str, ...]


class Districts(_Facts):
    """People by district, and what share of contacts the central ones have together."""

    central_share: Share
    central: frozenset[str]
    population: dict[str, Weight]

    def weights(self) -> dict[str, float]:
        """Return district → its share of contacts; all shares together are 1."""
        inner = sum(people for code, people in self.population.items() if code in self.central)
        outer = sum(self.population.values()) - inner
        return {
            code: people / inner * self.central_share
            if code in self.central
            else people / outer * (1 - self.central_share)
            for code, people in self.population.items()
        }


class Behaviour(_Facts):
    """How often people do what they need not do, as shares."""

    without_town: Share
    without_category: Share
    repeats: Share
    objects: Share
    urges: Share
    notes: Share
    tracks: Share
    reached_at_second_call: Share


class CityDay(_Facts):
    """A day of the hotline; `hours` are per cent of the day, `pace_seconds` mean times of thinking."""

    contacts_a_day: int
    hours: tuple[float, ...] = Field(min_length=HOURS, max_length=HOURS)
    bursts: Bursts
    channels: dict[Channel, Weight]
    types: dict[RequestType, Weight]
    matters: tuple[Matter, ...]
    districts: Districts
    behaviour: Behaviour
    pace_seconds: dict[str, Weight]

    @property
    def peak(self) -> int:
        """Return the hour of the day in which most comes in."""
        return max(range(HOURS), key=self.hours.__getitem__)

    def rate(self, hour: int | None, times: float) -> float:
        """Return contacts per second in `hour` of the day at `times` the usual; null: of the mean hour."""
        a_second = self.contacts_a_day * times / DAY_SECONDS
        return a_second if hour is None else a_second * self.hours[hour % HOURS] * HOURS / 100


@cache
def beijing() -> CityDay:
    """Return the day of `day.yaml`. Raises `pydantic.ValidationError` for what does not fit."""
    return CityDay.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
