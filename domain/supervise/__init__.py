"""督办: clocks, reminders, escalation, supervision orders. Source: Ordinance art. 23."""
