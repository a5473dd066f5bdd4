---@meta
--- Types for editors, and the reference of the C module `lunapse.core.web`: the server of the live view. It is there where libmicrohttpd was when Lunapse was built.

---@class WebModule
local web = {}

--- Listen at 127.0.0.1, at any free port where it is 0, with a token drawn anew.
---@param port integer
---@param page string  HTML
---@return WebServer
function web.open(port, page) end

---@class WebServer
local WebServer = {}

--- Where the page is.
---@return string
function WebServer:address() end

--- What a browser that has asked since the last state was published wants to see ("": nothing chosen); nil where none has asked.
---@return string?
function WebServer:asked() end

--- Hand this out from now on.
---@param json string
function WebServer:publish(json) end

--- Has a browser paused the run?
---@return boolean
function WebServer:is_paused() end

---@param is_paused boolean
function WebServer:pause(is_paused) end

--- Sleep for at most `ms`, for as long as it is paused.
---@param ms integer
function WebServer:wait(ms) end

function WebServer:close() end

return web
