#!/bin/sh
# Temporal 的数据库结构：首次建立，以后升级 / Temporal's schemas: made the first time, brought up to date later.
# Reads SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN.
set -eu
for pair in temporal:temporal temporal_visibility:visibility; do
    database="${pair%%:*}"
    schema="postgresql/v12/${pair##*:}"
    if ! temporal-sql-tool --db "$database" update-schema --schema-name "$schema"; then
        temporal-sql-tool --db "$database" setup-schema --version 0.0
        temporal-sql-tool --db "$database" update-schema --schema-name "$schema"
    fi
done
