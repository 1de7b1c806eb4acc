#!/usr/bin/env bash
# 一张工单从受理到办结。 One ticket's way from filing to closing, by curl alone.
# 先启动 Start first: .venv/bin/jiesu up --edition beijing-minutes   (一小时按一秒 an hour lasts a second)
set -euo pipefail
api=${JIESU_API:-http://127.0.0.1:8000}/api/v1
run=$(date +%s)-$$ step=0

field() { python3 -c 'import json, sys; v = json.load(sys.stdin)
for name in sys.argv[1].split("."): v = v[name]
print(v)' "$1"; }
post() { # path, key, body: the key makes a repeat harmless
  curl -sS -X POST "$api/$1" -H 'Content-Type: application/json' -H "Idempotency-Key: $2-$run" -d "$3"; }
act() { # command, body
  local answer; step=$((step + 1)); answer=$(post "tickets/$number/$1" "step$step" "$2")
  printf '%-9s %s\n' "$1" "$(field detail <<<"$answer" 2>/dev/null || field status <<<"$answer")"; }

filed=$(post requests file '{"type": "complaint", "channel": "web", "category": "室温不达标",
  "description": "家里暖气不热,只有14度,老人孩子都冻感冒了。",
  "requester": {"name": "张三", "phone": "13800138000"},
  "location": {"district": "昌平区", "town": "回龙观街道", "address": "龙跃苑三区5号楼"}}')
number=$(field number <<<"$filed"); code=$(field tracking_code <<<"$filed")
printf 'filed     %s  tracking code %s\n          %s\n' "$number" "$code" "$(field proposed.why_zh <<<"$filed")"

unit='"actor": {"unit": "E-HEAT", "role": "handler", "person": "P1001"}'
desk='"actor": {"unit": "BJ-DESK", "role": "surveyor", "person": "S2002"}'
act sign     "{$unit}"
act contact  "{$unit, \"result\": \"reached\", \"note\": \"已与诉求人约定上门时间\"}"
act feedback "{$unit, \"outcome\": \"resolved\", \"reply\": \"已修复\"}"
act visit    "{$unit, \"note\": \"更换回水阀\"}"
act feedback "{$unit, \"outcome\": \"resolved\", \"reply\": \"已更换回水阀,室温升至21度。\",
  \"proof\": [{\"kind\": \"photo\", \"note\": \"测温照片\"}]}"
until [ "$(curl -sS "$api/tickets/$number" | field status)" = surveying ]; do sleep 0.5; done
act survey   "{$desk, \"result\": \"answered\", \"contacted\": true, \"resolved\": true, \"satisfied\": \"satisfied\"}"

echo
curl -sS "$api/track/$number?code=$code" | python3 -c 'import json, sys; t = json.load(sys.stdin)
print(t["number"], t["status_zh"], t["status_en"], "|", t["next_zh"], t["next_en"])'
echo
curl -sS "$api/tickets/$number/timeline" | python3 -c 'import json, sys
for e in json.load(sys.stdin)["events"]:
    f, a = e["fact"], e["actor"]
    said = [f.get(k) for k in ("clock", "due_at", "outcome", "satisfied", "ending") if f.get(k)]
    who = a.get("unit") or a["role"]
    print("%3d %s %-18s %-10s" % (e["seq"], e["at"][11:23], e["kind"], who), *said)' 
