-- Every field of the engine's objects is known: it is in the function that lists the state of its object, or it is said here what it is instead.
--
--   given    comes from the script, which makes the object anew
--   made     follows from the rest
--   scratch  may be forgotten without a loss

local function read(file)
  local f = assert(io.open("src/" .. file))
  local text = f:read "a"
  f:close()
  return text
end

--- Names of the fields of a struct.
local function fields_of(struct, file)
  local text = read(file):gsub("/%*.-%*/", " ")
  local body = text:match("typedef struct " .. struct .. " (%b{}) " .. struct .. ";") or text:match("struct " .. struct .. " (%b{});")
  assert(body, ("struct %s is not in %s"):format(struct, file))
  local names = {}
  for declaration in body:sub(2, -2):gmatch "[^;]+" do
    local list = declaration:gsub("%b[]", "")
    if list:match "%(" then
      names[#names + 1] = list:match "%(%s*%*%s*(%w+)%s*%)"
    elseif list:match "%S" then
      local first = true
      for part in list:gmatch "[^,]+" do
        names[#names + 1] = first and part:match "([%w_]+)%s*$" or part:match "^%s*%**%s*([%w_]+)%s*$"
        first = false
      end
    end
  end
  return names
end

--- The text of a function, or of several.
local function functions(file, list)
  local text, found = read(file), {}
  for name in list:gmatch "%S+" do
    found[#found + 1] = assert(text:match("%f[%w_]" .. name .. "%([^;{]*%)%s*(%b{})"), ("%s is not in %s"):format(name, file))
  end
  return table.concat(found, "\n")
end

local function words(text)
  local set = {}
  for word in text:gmatch "[%w_]+" do set[word] = true end
  return set
end

local structs = {
  { "Network", "engine/network.h", "engine/network_state.c", "time_state operations_state recorders_state objects_state all_derived_state network_state",
    given = "is_f32 workers", made = "wants_stop is_changed settles n_plans is_building sums_ahead shared",
    scratch = "hold_native_until is_running is_torn is_stepped is_measured lap recording telling total" },
  { "Clock", "engine/network.h", "engine/network_state.c", "clock_state", made = "plan deliveries regions" },
  { "Operation", "engine/network.h", "engine/network_state.c", "operation_state operations_state", given = "clock projection population call context",
    made = "feeds_derived is_blocked is_in_region is_shared is_settling is_told",
    scratch = "cost meter" },
  { "Derived", "engine/network.h", "engine/network_state.c", "all_derived_state derived_state" },
  { "Population", "engine/population.h", "engine/population_state.c",
    "population_state window_state count_window straighten ring_state", given = "window rates_name taken n_taken",
    made = "depth kept untold n_untold n_unrecorded work_of_spike goes_in_parts n_cells is_shared own_first own_last why_whole", scratch = "found meter cells_cost" },
  { "SpikeValues", "engine/population.h", "engine/record.c", "column_state columns_of_spikes_state", given = "event" },
  { "SpikeColumn", "engine/record.h", "engine/record.c", "column_state columns_of_spikes_state" },
  { "Spikes", "engine/event_ring.h", "engine/population_state.c", "unflatten" },
  { "EventKind", "engine/event_ring.h", "engine/population_state.c", "ring_state" },
  { "Drive", "engine/population.h", "engine/population_state.c", "drive_state", given = "name" },
  { "Projection", "engine/projection.h", "engine/projection_state.c", "projection_state delays_state pathways_state under_way_state",
    given = "post is_copy is_part is_plain n_all low high",
    made = "may_sum_ahead n_changes begin end list bundle runs runs_made wanted", scratch = "ahead_cost meters held held_capacity whole" },
  { "Flush", "engine/projection.h", "engine/projection_state.c", "projection_state" },
  { "Lag", "engine/lag.h", "engine/projection_state.c", "lag_state", made = "is_driven is_each" },
  { "Arrivals", "engine/arrivals.h", "engine/arrivals.c", "arrivals_state" },
  { "Pathway", "engine/pathway.h", "engine/pathway.c", "pathway_state", given = "side event has_delay", made = "n_ages ages first place pre" },
  { "Recorder", "engine/record.h", "engine/record.c", "rows_state columns_state taken_state recorder_state", given = "clock flushed look sink", made = "id" },
  { "RecordSink", "engine/record.h", "engine/record.c", "recorder_state", given = "context take block" },
  { "RecordSwitch", "engine/record.h", "engine/record.c", "switch_state" },
  { "SpikeRecorder", "engine/record.h", "engine/record.c", "spikes_state taken_state columns_of_spikes_state spike_recorder_state",
    given = "clock event wanted sink", made = "id" },
  { "Schedule", "engine/schedule.h", "engine/schedule.c", "schedule_state" },
  { "BoundKernel", "engine/bound_kernel.h", "engine/bound_kernel.c", "bound_state slot_state",
    given = "first n over tag title",
    made = "args run nest symbol number native is_native splits is_local length pointers ahead is_direct from to is_cut is_own", scratch = "cost meter" },
  { "DelayTable", "synapses/storage.h", "synapses/storage_state.c", "table_items", made = "first rows each_bytes" },
  { "Poisson", "engine/source.c", "engine/source.c", "poisson_state rates_state", given = "dt key object method", made = "group n_groups n_dense member ratio p",
    scratch = "bits buffer loaded" },
  { "PoissonState", "engine/source.c", "engine/source.c", "poisson_state changes_state" },
  { "SpikeList", "engine/spike_list.c", "engine/spike_list.c", "spike_list_state", given = "n dt", made = "period_steps", scratch = "found n_found capacity quiet_from quiet_to" },
}

describe("state in the engine", function()
  for _, row in ipairs(structs) do
    local struct, header, file, list = table.unpack(row)
    it(("has every field of %s, or it is said why not"):format(struct), function()
      local listed, said = words(functions(file, list)), {}
      for _, kind in ipairs { "given", "made", "scratch" } do
        for name in (row[kind] or ""):gmatch "%S+" do said[name] = kind end
      end
      local names = fields_of(struct, header)
      assert.is_true(#names > 0)
      for _, name in ipairs(names) do
        if not listed[name] and not said[name] then error(("field '%s' of %s is in no list of state: see %s"):format(name, struct, file)) end
        said[name] = nil
      end
      assert.is_nil(next(said), ("%s is said of %s, which has no such field"):format(tostring(next(said)), struct))
    end)
  end

  it("is looked for in all structures of the engine", function()
    local known, missing = { Segment = true, RowParts = true, Events = true, Made = true }, {}   -- scratch of a step; copies of counts
    for _, row in ipairs(structs) do known[row[1]] = true end
    for _, header in ipairs { "network", "population", "projection", "record" } do
      for struct in read("engine/" .. header .. ".h"):gmatch "typedef struct (%w+) {" do
        if not known[struct] then missing[#missing + 1] = struct end
      end
    end
    assert.same({}, missing)
  end)
end)
