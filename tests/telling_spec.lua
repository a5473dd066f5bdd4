-- Ranks tell each other their spikes once in as many steps as the shortest delay lasts: the same bits as one process, however often that is and whatever happens in between.

local mpirun = require "tests.mpirun"
local ROOT, why = mpirun.root, mpirun.missing

-- threads, tiers and parts differ among the ranks
local BEGIN = "package.path = '" .. ROOT .. "/tests/?.lua;' .. package.path\n" .. [[
local lp, ranks, shared = require "lunapse", require "lunapse.ranks", require "shared_networks"
local function options() return { threads = 1 + ranks.me() % 2, tier = ranks.me() > 0 and "auto" or "interpreter", parts = 2 + ranks.me() } end
]]

describe("telling", function()
  if why then
    print("telling_spec: " .. why)
    it("is left out: " .. why, function() end)
    return
  end

  local folder
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  --- What a script says that begins as above, and whether it ended well. All runs of a test share a folder.
  local function run(text, n)
    local file = io.open(folder .. "/script.lua", "w")
    file:write(BEGIN, text)
    file:close()
    return mpirun.run(folder, n, "script.lua")
  end

  it("comes once in the shortest delay, before somebody looks, and at the end of a run", function()
    local text = [[
local said = table.concat(require "telling_networks"(options), "\n")
local file = io.open("told" .. ranks.n(), "w")
file:write(said)
file:close()]]
    local alone, is_fine = run(text, 1)
    assert.is_true(is_fine, alone)
    for _, n in ipairs { 2, 3 } do
      local other, other_fine = run(text, n)
      assert.is_true(other_fine, other)
      assert.equal(alone, other)
      assert.equal([[
static: 14 times, 97 steps, 8
looked_at: 58 times, 124 steps, 8
changing: 45 times, 150 steps, 4
brought: 8 times, 83 steps, 20
one_step: 60 times, 60 steps, 1
clocks: 62 times, 120 steps, 4
late: 0 times, 0 steps, 0
near: 20 times, 120 steps, 6
heard: 0 times, 0 steps, 0
rated: 120 times, 120 steps, 1
both: 0 times, 0 steps, 0
back: 120 times, 120 steps, 1
STDP: 20 times, 120 steps, 6]], io.open(folder .. "/told" .. n):read "a")
    end
  end)

  it("leaves what is recorded in files as it is, and checkpoints in the middle", function()
    local text = [[
local net = shared.new(options())
local cells = shared.cells_of(net)
shared.join(net, cells, cells, { delays = 3.5 })
local spikes, rows = net:record(cells, "spike", { file = "spikes.h5" }), net:record(cells, "v", { every = 3, file = "rows.h5" })
net:run(41.5, { checkpoint = "run.h5", every = 0, report = function(_, t) if t > 20 and os.getenv "STOP" then error "enough" end end })
print(net.t, spikes:count(), spikes.t:sum(), spikes.neuron:dot(lp.arange(1, spikes:count())), rows.v:sum(), cells.v:sum(), cells._core:n_spikes())]]
    local whole, is_fine = run(text, 1)
    assert.is_true(is_fine, whole)
    os.execute("rm -f " .. folder .. "/*")
    local stopped, stopped_fine = run("os.getenv = function() return 'yes' end " .. text, 3)
    assert.is_false(stopped_fine)
    assert.truthy(stopped:find("enough", 1, true), stopped)
    local other, other_fine = run(text, 2)
    assert.is_true(other_fine, other)
    assert.equal(whole, other)
  end)

  it("is waited for by the others where a rank has ended its run before", function()
    local said, is_fine = run([[
local net = shared.new(options())
local cells = shared.cells_of(net)
shared.join(net, cells, cells, { delays = 7 })
local pids = ranks.gather("pids", io.open("/proc/self/stat"):read "n")
os.execute("(sleep 0.5; kill -INT " .. pids[2] .. ") &")
net:run(1e9)]], 3)
    assert.is_false(is_fine)
    assert.matches("^lunapse: rank 1: script.lua:%d+: interrupted\n", said)
  end)
end)
