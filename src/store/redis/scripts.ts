/**
 * A Lua script. All that it decides, it decides in one step and by the server's own clock. Each deletes before it writes:
 * a server whose memory is full refuses the first write of a script, unless something was deleted before.
 */
export interface Script {
  readonly name: string;
  readonly source: string;
}

/**
 * The keys of one entry, in the order in which every script gets them.
 *
 * - token: hash of `sealed` and of what the scripts have to know (`id`, `lifetime`, `margin`, `forced`), kept while it lives
 * - lease: hash of `owner` and `granted`, when that was by the server's clock; kept for the lease
 * - history: hash of `generation`, which counts tokens, and `rejected`; kept for a day longer than the last token
 * - failure: sealed, kept for its pause
 */
export const KEY_KINDS = ['token', 'lease', 'history', 'failure'] as const;

const PRELUDE = `
local token_key, lease_key, history_key, failure_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function whole(number)
  return string.format('%.0f', number)
end

local function lease()
  local fields = redis.pcall('HMGET', lease_key, 'owner', 'granted')
  local left = redis.call('PTTL', lease_key)
  if fields.err or not fields[1] or left < 1 then return nil end
  return { owner = fields[1], granted = tonumber(fields[2]) or 0, left = left }
end

local function is_held_by(owner)
  local current = lease()
  return current ~= nil and current.owner == owner
end

-- Missing: nil. Damaged: it is there, but is no token, or would stay for ever.
local function token()
  local left = redis.call('PTTL', token_key)
  if left == -2 then return nil, false end
  local fields = redis.pcall('HMGET', token_key, 'sealed', 'id', 'lifetime', 'margin', 'forced')
  if fields.err or left < 0 then return nil, true end
  for index = 1, 5 do
    if not fields[index] then return nil, true end
  end
  local lifetime, margin = tonumber(fields[3]), tonumber(fields[4])
  if not lifetime or not margin then return nil, true end
  return {
    fields = fields, sealed = fields[1], id = fields[2], lifetime = lifetime, margin = margin, forced = fields[5],
    left = math.min(left, lifetime)
  }, false
end

local function keep_history(kept)
  redis.call('PEXPIRE', history_key, whole(math.max(kept, redis.call('PTTL', history_key))))
end

-- What is no history makes way for one.
local function history()
  local fields = redis.pcall('HMGET', history_key, 'generation', 'rejected')
  if fields.err then
    redis.call('DEL', history_key)
    fields = {}
  end
  return tonumber(fields[1]) or 0, fields[2] == '1'
end

-- A subscriber's loss is no reason to undo what was done: the right to publish may be missing.
local function tell(channel, news)
  redis.pcall('PUBLISH', channel, news)
end
`;

function script(name: string, body: string): Script {
  return { name, source: `${PRELUDE}${body}` };
}

/** ARGV: owner, lease, unwanted id, least time left, age at which that id will do, always, envelopes of a token and of a failure that do not open ('*': none does). */
export const LOOK: Script = script(
  'look',
  `
local owner, lease_ms, unwanted, least_left, always = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[6] == '1'
local renewed_within, shut_token, shut_failure = tonumber(ARGV[5]), ARGV[7], ARGV[8]

local found, damaged = token()
if found and (shut_token == '*' or found.sealed == shut_token) then
  found, damaged = nil, true
end
local will_do = found and found.left > found.margin
if will_do and found.id == unwanted then
  will_do = found.lifetime - found.left < renewed_within
elseif will_do then
  will_do = found.left > least_left
end

local failure, failure_left = false, 0
if not will_do and not always then
  failure = redis.pcall('GET', failure_key)
  failure_left = redis.call('PTTL', failure_key)
  if type(failure) ~= 'string' or failure_left < 1 then failure = false end
  if failure and (shut_failure == '*' or failure == shut_failure) then failure = false end
end

local state = ''
if always or not (will_do or failure) then
  local current = lease()
  if current and current.owner ~= owner then
    state = whole(current.left)
  else
    if not current then
      redis.call('DEL', lease_key)
      redis.call('HSET', lease_key, 'owner', owner, 'granted', whole(now()))
    end
    redis.call('PEXPIRE', lease_key, lease_ms)
    state = 'held'
  end
end

local generation, rejected = history()
local answer = { whole(generation), rejected and '1' or '', state, damaged and '1' or '' }
if failure then
  answer[5], answer[6] = failure, whole(failure_left)
else
  answer[5], answer[6] = '', '0'
end
if will_do or (always and found) then
  answer[7] = whole(found.left)
  for index = 1, 5 do
    answer[7 + index] = found.fields[index]
  end
end
return answer
`,
);

/** ARGV: owner, lease. */
export const EXTEND: Script = script(
  'extend',
  `
if not is_held_by(ARGV[1]) then return 0 end
redis.call('PEXPIRE', lease_key, ARGV[2])
return 1
`,
);

/** ARGV: owner, channel, news, time left, how long the history outlives it, envelope, id, lifetime, margin, forced. */
export const PUT: Script = script(
  'put',
  `
local current = lease()
if not current or current.owner ~= ARGV[1] then
  -- Who lost the answer sends the same again: what is already done was not late.
  local there = token()
  return there and there.id == ARGV[7] and 1 or 0
end

-- The request was sent after the lease was granted: whatever the way here took, the token cannot live longer than this.
local passed = math.max(0, now() - current.granted)
local left = math.floor(math.min(tonumber(ARGV[4]), tonumber(ARGV[8]) - passed))
redis.call('DEL', token_key, failure_key, lease_key)
if left > 0 then
  redis.call('HSET', token_key, 'sealed', ARGV[6], 'id', ARGV[7], 'lifetime', ARGV[8], 'margin', ARGV[9], 'forced', ARGV[10])
  redis.call('PEXPIRE', token_key, whole(left))
end

redis.call('HSET', history_key, 'generation', whole(history() + 1), 'rejected', '0')
keep_history(math.max(left, 0) + tonumber(ARGV[5]))
tell(ARGV[2], ARGV[3])
return 1
`,
);

/** ARGV: owner, channel, news, and if there is a failure its pause and envelope. */
export const RELEASE: Script = script(
  'release',
  `
if not is_held_by(ARGV[1]) then return 0 end
redis.call('DEL', lease_key)
if ARGV[4] then redis.call('DEL', failure_key) end
if ARGV[4] and tonumber(ARGV[4]) > 0 then redis.call('SET', failure_key, ARGV[5], 'PX', ARGV[4]) end
tell(ARGV[2], ARGV[3])
return 1
`,
);

/** ARGV: token id, channel, news, how old a token has to be that came by force, how long the history outlives it. */
export const INVALIDATE: Script = script(
  'invalidate',
  `
local current = token()
if not current or current.id ~= ARGV[1] then return 0 end
if current.forced == '1' and current.lifetime - current.left < tonumber(ARGV[4]) then return 0 end
redis.call('DEL', token_key)
local generation = history()
redis.call('HSET', history_key, 'generation', whole(generation), 'rejected', '1')
keep_history(tonumber(ARGV[5]))
tell(ARGV[2], ARGV[3])
return 1
`,
);
