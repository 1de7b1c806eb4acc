#!/bin/sh
# 首次启动时建立用户与数据库 / users and databases, made at the first start of the database's container.
# The extensions are made here, so that both users need no right of their own to make any.
set -eu
# Passwords are read from the environment: on a command line every process of the host would see them.
psql --set=ON_ERROR_STOP=1 --username postgres <<'SQL'
\getenv temporal TEMPORAL_DB_PASSWORD
\getenv jiesu JIESU_DB_PASSWORD
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE ROLE jiesu LOGIN PASSWORD :'jiesu';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE jiesu OWNER jiesu;
\connect temporal_visibility
CREATE EXTENSION IF NOT EXISTS btree_gin;
\connect jiesu
CREATE EXTENSION IF NOT EXISTS pg_trgm;
SQL
