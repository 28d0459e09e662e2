#!/bin/sh
# Gives the roles of roles.sql their passwords: MIGRATE_PASSWORD, API_PASSWORD and WEB_PASSWORD.
set -eu
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  -v migrate="$MIGRATE_PASSWORD" -v api="$API_PASSWORD" -v web="$WEB_PASSWORD" <<'SQL'
ALTER ROLE gatepass_migrate PASSWORD :'migrate';
ALTER ROLE gatepass_api PASSWORD :'api';
ALTER ROLE gatepass_web PASSWORD :'web';
SQL
