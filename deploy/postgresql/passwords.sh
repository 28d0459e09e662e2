#!/bin/sh
# Gives both roles of roles.sql their passwords, from MIGRATE_PASSWORD and SERVE_PASSWORD.
set -eu
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  -v migrate="$MIGRATE_PASSWORD" -v serve="$SERVE_PASSWORD" <<'SQL'
ALTER ROLE gatepass_migrate PASSWORD :'migrate';
ALTER ROLE gatepass_serve PASSWORD :'serve';
SQL
