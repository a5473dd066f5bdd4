--- Which files a circuit consists of: what the configuration of a circuit or of a simulation says (JSON), or the script.
local lp = require "lunapse"
local options = require "lunapse.options"

local config = {}

---@class SonataFiles
---@field nodes { file: string, types?: string }[]
---@field edges { file: string, types?: string }[]
---@field node_components? string   folder of the files that dynamics_params of node types name
---@field edge_components? string
---@field spikes string[]
---@field dt? number
---@field missing string[]          what is said there and not taken over

local function folder_of(path) return path:match "^(.*/)[^/]*$" or "" end

local function is_absolute(path) return path:sub(1, 1) == "/" end

--- What a file of configuration says, with its variables replaced.
---@class SonataConfig
local Config = {}
Config.__index = Config

local function read(where, path)
  local ok, content = pcall(lp.read, path, { format = "json" })
  if not ok then options.fail(("%s: %s"):format(where, (tostring(content):gsub("^.-lp%.read: ", "")))) end
  if type(content) ~= "table" then options.fail(("%s: '%s' is no configuration: an object { ... } expected"):format(where, path)) end
  local variables = { configdir = folder_of(path):gsub("/$", ""), workingdir = "." }
  if variables.configdir == "" then variables.configdir = "." end
  for name, value in pairs(type(content.manifest) == "table" and content.manifest or {}) do variables[name:gsub("^%$", "")] = value end
  return setmetatable({ where = where, path = path, content = content, variables = variables }, Config)
end

--- A path with its variables, "$NETWORK_DIR/v1_nodes.h5" or "${NETWORK_DIR}/...", relative to the folder of the configuration.
function Config:path_of(text, name, depth)
  if type(text) ~= "string" then options.fail(("%s: '%s': '%s' must be the name of a file, got %s"):format(self.where, self.path, name, options.show(text))) end
  if (depth or 0) > 20 then options.fail(("%s: '%s': the variables of the manifest lead in a circle"):format(self.where, self.path)) end
  local has_variables = text:find("$", 1, true)
  local replaced = text:gsub("%${?([%w_]+)}?", function(variable)
    local value = self.variables[variable]
    if type(value) ~= "string" then
      local known = {}
      for k in pairs(self.variables) do known[#known + 1] = k end
      options.fail(("%s: '%s': '%s': %s"):format(self.where, self.path, name, options.unknown("variable", variable, known)))
    end
    return value
  end)
  if has_variables and replaced:find("$", 1, true) then return self:path_of(replaced, name, (depth or 0) + 1) end
  local folder = folder_of(self.path)
  local from = folder:gsub("^%./", ""):gsub("/$", "")
  if is_absolute(replaced) or has_variables and from ~= "" and replaced:gsub("^%./", ""):sub(1, #from) == from then return replaced end
  return folder .. replaced
end

--- A member that must be a table if it is there.
function Config:table_of(name, of)
  local value = (of or self.content)[name]
  if value ~= nil and type(value) ~= "table" then
    options.fail(("%s: '%s': '%s' must be an object or a list, got %s"):format(self.where, self.path, name, options.show(value)))
  end
  return value or {}
end

local function add_files(cfg, list, kind, files)
  for k, entry in ipairs(list) do
    local name = ("%s[%d]"):format(kind, k)
    if type(entry) ~= "table" then options.fail(("%s: '%s': %s must be an object, got %s"):format(cfg.where, cfg.path, name, options.show(entry))) end
    local file, types = entry[kind .. "_file"], entry[kind:sub(1, -2) .. "_types_file"]
    if file == nil then options.fail(("%s: '%s': %s has no '%s_file'"):format(cfg.where, cfg.path, name, kind)) end
    if entry.enabled ~= false then
      files[kind][#files[kind] + 1] = { file = cfg:path_of(file, name), types = types and types ~= "NULL" and cfg:path_of(types, name) or nil }
    end
  end
end

local function read_circuit(cfg, files)
  if type(cfg.content.networks) ~= "table" then options.fail(("%s: '%s' has no 'networks': it is no configuration of a circuit"):format(cfg.where, cfg.path)) end
  local networks = cfg:table_of "networks"
  for _, kind in ipairs { "nodes", "edges" } do add_files(cfg, cfg:table_of(kind, networks), kind, files) end
  local components = cfg:table_of "components"
  local function folder(...)
    for _, name in ipairs { ... } do
      if components[name] then return cfg:path_of(components[name], name) .. "/" end
    end
  end
  files.node_components = folder("point_neuron_models_dir", "biophysical_neuron_models_dir")
  files.edge_components = folder "synaptic_models_dir"
end

--- Of a simulation: its step, spikes for virtual nodes; what else it says is not ours.
local function read_simulation(cfg, files)
  local run = cfg:table_of "run"
  files.dt = run.dt and options.number(cfg.where, ("'dt' of '%s'"):format(cfg.path), run.dt, 0, math.huge, true)
  local function lack(text) files.missing[#files.missing + 1] = text end
  local inputs, names = cfg:table_of "inputs", {}
  for name in pairs(inputs) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local input = cfg:table_of(name, inputs)
    local file = type(input.input_file) == "string" and input.input_file or ""
    if input.input_type == "spikes" and (input.module == "h5" or input.module == "sonata" or file:find "%.h5$") then
      files.spikes[#files.spikes + 1] = cfg:path_of(file, name)
    else
      lack(("the input '%s' (%s, %s)"):format(name, tostring(input.input_type), tostring(input.module)))
    end
  end
  for name in pairs(cfg:table_of "reports") do lack(("the report '%s'"):format(name)) end
  for name in pairs(cfg:table_of "conditions") do lack(("the condition '%s'"):format(name)) end
  table.sort(files.missing)
end

--- The files that a call of lp.from_sonata means.
---@param where string
---@param opt table
---@return SonataFiles
function config.of(where, opt)
  local files = { nodes = {}, edges = {}, spikes = {}, missing = {} }
  if opt.config and (opt.nodes or opt.edges) then options.fail(where .. ": either 'config', or 'nodes' and 'edges' can be given") end
  if opt.config then
    local cfg = read(where, options.path(where, opt.config))
    if type(cfg.content.network) == "string" then
      read_simulation(cfg, files)
      cfg = read(where, cfg:path_of(cfg.content.network, "network"))
    elseif cfg.content.run and cfg.content.networks then
      read_simulation(cfg, files)
    end
    read_circuit(cfg, files)
  else
    if not opt.nodes then options.fail(where .. ": option 'config' or 'nodes' is missing") end
    for _, kind in ipairs { "nodes", "edges" } do
      for k, entry in ipairs(opt[kind] or {}) do
        local name, file, types = ("%s: %s[%d]"):format(where, kind, k), kind .. "_file", kind:sub(1, -2) .. "_types_file"
        options.check(name, entry, { [file] = "string", [types] = "string" }, { file })
        files[kind][k] = { file = options.path(name, entry[file]), types = entry[types] }
      end
    end
  end
  if opt.components then files.node_components, files.edge_components = opt.components .. "/", opt.components .. "/" end
  local spikes = type(opt.spikes) == "string" and { opt.spikes } or opt.spikes
  if spikes then files.spikes = {} end
  for k, path in ipairs(spikes or {}) do files.spikes[k] = options.path(where .. ": spikes", path) end
  if #files.nodes == 0 then options.fail(where .. ": there are no files of nodes") end
  return files
end

return config
