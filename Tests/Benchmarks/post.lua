-- wrk: POST /v1/tasks with titles and bodies of a believable length (about 400 bytes of JSON).
-- STYLE=ours|peer picks the field names; RATE (a second, 0 = as fast as answers come) paces the requests by the clock.
-- Prints one line that begins with JSON.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long sec; long nsec; } bench_time; int clock_gettime(int, bench_time *); ]]

local titles = {
    "Login page crashes after the update", "Add dark mode to the settings page", "Rotate TLS certificates on the cluster",
    "Export of the report to CSV fails", "Support keyboard shortcuts in the editor", "How do I restore a backup?",
    "Null pointer in the payment worker", "New dashboard with charts", "Where is the retention configured?",
}
local words = {}
for word in ([[users report that the page returns an exception after latest release was deployed to production please add
    support for a filter by tag and export monitoring alerts show latency increase during backup window database cluster
    node should be upgraded before monday customer asked dark mode button form error timeout invoice]]):gmatch("%a+") do
    words[#words + 1] = word
end

local prepared, count, position = {}, 512, 0
local rate = tonumber(os.getenv("RATE") or "0")
local instant, slot = ffi.new("bench_time"), nil

local function now()
    ffi.C.clock_gettime(1, instant)
    return tonumber(instant.sec) + tonumber(instant.nsec) / 1e9
end

function init()
    math.randomseed(tonumber(tostring({}):match("0x(%x+)"), 16) % 1000003)
    local shape = '{"title":"%s #%d","body":"%s."}'
    if os.getenv("STYLE") == "peer" then shape = '{"title":"%s #%d","description":"%s.","userId":"user-1"}' end
    for index = 1, count do
        local text, length = {}, 0
        while length < 300 do
            local word = words[math.random(#words)]
            text[#text + 1] = word
            length = length + #word + 1
        end
        local body = shape:format(titles[math.random(#titles)], math.random(9999), table.concat(text, " "))
        local headers = { ["Content-Type"] = "application/json", ["X-User-ID"] = "user-" .. math.random(500) }
        prepared[index] = wrk.format("POST", "/v1/tasks", headers, body)
    end
end

function request()
    position = position % count + 1
    return prepared[position]
end

if rate > 0 then
    -- Milliseconds until this request's turn. Who is late catches up, but at most a tenth of a second's worth.
    function delay()
        local time = now()
        slot = math.max((slot or time) + 1 / rate, time - 0.1)
        return math.max(0, (slot - time) * 1000)
    end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'JSON{"requests":%d,"seconds":%.3f,"p50_ms":%.2f,"p90_ms":%.2f,"p99_ms":%.2f,"max_ms":%.1f,"refused":%d,"broken":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(90) / 1e3,
        latency:percentile(99) / 1e3, latency.max / 1e3, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
