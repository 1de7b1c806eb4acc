"""办理: what the responsible unit does, alone and with others. Source: Ordinance art. 14."""
