---@meta
-- This folder (meta) describes the C modules for editors and for help; nothing in it is run.
--- Types for editors, and the reference of the C module `lunapse.core.engine`: networks of bound kernels. What users call is lp.network; the classes of the
--- files beside init.lua stand on this.

---@class EngineModule
local engine = {}

--- A network of one clock.
---@param dt number  ms  @param seed integer  @param precision "float64"|"float32"  @param threads integer
---@return CoreNetwork
function engine.network(dt, seed, precision, threads) end

--- Fill an array with numbers drawn from a distribution by (seed, object, stream): the same ones always.
---@param a Array  @param kind string  @param p number  @param q number  @param low number  @param high number
---@param seed integer  @param object integer  @param stream integer
function engine.draw(a, kind, p, q, low, high, seed, object, stream) end

--- matrix[rows[k]][columns[k]] = values[k], in order.
---@param matrix Array  @param rows Array  @param columns Array  @param values Array
---@return Array matrix
function engine.put_pairs(matrix, rows, columns, values) end

--- Say that a kernel wrote to the array: what depends on it is computed anew.
---@param a Array
function engine.touch(a) end

--- A number that two arrays have in common where no bit of their elements differs (but for one chance in 2^64).
---@param a Array  contiguous
---@return integer
function engine.digest(a) end

--- Milliseconds as steps of a clock, the rules of engine/clock.h: "delay" (unless given; the first step at or after, at least 1), "tick" (the first step that
--- begins at or after), "after" (the first that begins after), "event" and "span" (the nearest).
---@overload fun(dt: number, ms: Array|number[], rule?: string): Array
---@param dt number  ms  @param ms number  @param rule? "delay"|"tick"|"after"|"event"|"span"
---@return integer
function engine.steps(dt, ms, rule) end

--- How many processors this process may use.
---@return integer
function engine.processors() end

-- ---- networks ----

--- Clocks, objects and the step loop.
---@class CoreNetwork
local CoreNetwork = {}

--- A kernel: a program with an array for each slot, over `n` elements from `first` on, or over the synapses of a projection.
---@param program Program  @param arrays Array[]  @param n integer  @param projection? CoreProjection  @param object? integer  @param first? integer
---@return Bound
function CoreNetwork:bind(program, arrays, n, projection, object, first) end

--- Run a kernel at once.
---@param bound Bound  @param t? number  @param step? integer
function CoreNetwork:run_bound(bound, t, step) end

--- Number of the clock with this dt; made when there is none.
---@param dt number
---@return integer
function CoreNetwork:clock(dt) end

--- The array that kernels read dt of a clock from.
---@param clock integer
---@return Array
function CoreNetwork:dt_array(clock) end

--- How many clocks there are; they are numbered from 0.
---@return integer
function CoreNetwork:n_clocks() end

--- Number of the next step of a clock.
---@param clock integer
---@return integer
function CoreNetwork:clock_step(clock) end

--- The next operation gets a number above n.
---@param n integer
function CoreNetwork:skip_operations(n) end

--- The next recorder, of spikes or of rows, gets a number above n.
---@param n integer  @param is_of_spikes boolean
function CoreNetwork:skip_recorders(n, is_of_spikes) end

--- All state but that of these arrays (src/engine/network_state.c), as a copy in memory.
---@overload fun(self: CoreNetwork, arrays: Array[], file: Hdf5File)  to the group "engine" of a file
---@param arrays Array[]
---@return CoreArchive
function CoreNetwork:write_state(arrays) end

--- Put back what write_state gave, or what is in a file, into a network that was made in the same way. `may_lack`: operations of the state may be missing;
--- `keeps_recorded`: recorders go on behind what they hold.
---@param archive CoreArchive|Hdf5File  @param arrays Array[]  @param opt? { may_lack?: boolean, keeps_recorded?: boolean }
function CoreNetwork:read_state(archive, arrays, opt) end

--- The seed of kernels that are bound from now on, and of Poisson neurons.
---@param seed integer
function CoreNetwork:set_seed(seed) end

--- It holds a part of a state, and does not run until it has read a whole one.
function CoreNetwork:tear() end

--- The same state in brief: name of an item -> a number that differs where a bit does.
---@param arrays Array[]
---@return table<string, integer>
function CoreNetwork:digest_state(arrays) end

--- Run all ticks that begin before a time.
---@param until_t number  ms
---@return "done"|"stopped"|"interrupted"|"failed"|"not finite"|"raised"
---@return any error  of the engine; "not finite": a variable became NaN or infinite, and the message says when; "raised": the value that an operation raised
function CoreNetwork:run(until_t) end

--- Run one tick.
---@return string result
---@return any error
function CoreNetwork:step() end

--- End the run after the present step.
function CoreNetwork:stop() end

--- The present, ms.
---@return number
function CoreNetwork:time() end

--- Is a run under way?
---@return boolean
function CoreNetwork:is_running() end

--- Number of the plan by which the next run goes: the same as long as nothing was changed but values.
---@return integer
function CoreNetwork:plan() end

--- Cut all work that can be cut into so many parts, whatever is faster, for tests; 0: as is faster.
---@param parts integer
function CoreNetwork:split(parts) end

--- No native code before this step, for tests.
---@param step integer
function CoreNetwork:hold_native(step) end

--- Compute constants anew whose inputs were written.
function CoreNetwork:derive() end

--- The next object number, for random streams.
---@return integer
function CoreNetwork:new_object() end

--- How many objects, clocks, operations, recorders and recorders of spikes were made.
---@return integer objects  @return integer clocks  @return integer operations  @return integer recorders  @return integer spike_recorders
function CoreNetwork:made() end

--- What was made since `made` gave these numbers was refused and is gone: numbers go on from there.
---@param objects integer  @param clocks integer  @param operations integer  @param recorders integer  @param spike_recorders integer
function CoreNetwork:forget_since(objects, clocks, operations, recorders, spike_recorders) end

--- Check that an array stays finite; its name is for the message.
---@param a Array  @param name string
function CoreNetwork:watch(a, name) end

--- Check it no longer.
---@param a Array
function CoreNetwork:forget_watch(a) end

--- How often ranks have told each other their spikes, the bytes that this one has sent and received, of how many steps that was, and after how many they tell at the latest (0:
--- they share nothing).
---@return integer times
---@return integer sent
---@return integer received
---@return integer steps
---@return integer longest
function CoreNetwork:told() end

--- Run a kernel whenever something that it reads was written.
---@param bound Bound
---@return lightuserdata
function CoreNetwork:derived(bound) end

--- Take such a kernel out.
---@param token lightuserdata
function CoreNetwork:forget_derived(token) end

--- Something periodic: kernels, or a function.
---@param fields { clock: integer, every: number|"once", offset?: number, at_start?: boolean, kernels?: Bound[], call?: function, projection?: CoreProjection, population?: CorePopulation }
---@return CoreOperation
function CoreNetwork:operation(fields) end

--- What the state of all objects consists of. The other classes have the same method, for one object.
---@return StateItem[]
function CoreNetwork:state() end

--- Whether runs measure where time goes; turning it on sets all meters to zero.
---@param is_on boolean
function CoreNetwork:measure(is_on) end

--- Seconds and calls of a meter: "total" (its calls are ticks), "recording", "telling" (who has spiked, to other ranks), a population, an operation, or a phase of a projection.
---@param of "total"|"recording"|CorePopulation|CoreProjection|CoreOperation  @param phase? "deliver"|"sum"|"equations"|"post"
---@return number seconds
---@return integer calls
function CoreNetwork:meter(of, phase) end

--- A population.
---@param n integer  @param clock integer  @param object integer
---@return CorePopulation
function CoreNetwork:population(n, clock, object) end

--- A projection, its synapses made by a connector.
---@param fields table  pre, post, pre_view, post_view, connect, object, is_plain; what decides how they are stored: is_rate, is_changing, has_delays, has_values
---@return CoreProjection
---@return Array? places   of given pairs, from 1
---@return Array? weights  of Gaussian or DoG
function CoreNetwork:projection(fields) end

--- A projection that has the synapses of another one.
---@param fields table  pre, post, of, object
---@return CoreProjection
function CoreNetwork:projection_copy(fields) end

--- A recorder of rows of an array; before each the event-driven variables of `projection` are brought to the present, and kernels of the role "look" of `object` run.
---@param a Array  @param places? integer[]|Array  @param clock integer  @param every number  @param projection? CoreProjection  @param object? CorePopulation|CoreProjection
---@return CoreRecorder
function CoreNetwork:recorder(a, places, clock, every, projection, object) end

--- A recorder of spikes, of all neurons or some; or of events of another kind, by its number. `columns`: what is kept of each neuron that spikes, as the spike finds it.
---@param population CorePopulation  @param neurons? integer[]|Array  @param event? integer  @param columns? Array[]
---@return CoreSpikeRecorder
function CoreNetwork:spike_recorder(population, neurons, event, columns) end

-- ---- kernels ----

--- A kernel that is not yet given to an object.
---@class Bound
local Bound = {}

--- Use a function of native code as soon as it is there.
---@param native Native  @param symbol string
---@return Bound
function Bound:native(native, symbol) end

--- Act every `period` ms instead of every step.
---@param period number  @param offset? number  @param dt number  @param step integer
---@return Bound
function Bound:every(period, offset, dt, step) end

--- Before every run: reduce `source` to the one number of `target`.
---@param op "sum"|"mean"|"min"|"max"|"norm1"|"norm2"  @param source Array  @param target Array
---@return Bound
function Bound:reduce(op, source, target) end

--- Before every run: target[k] = source[index[k]].
---@param source Array  @param target Array  @param index Array  int64, from 1
---@return Bound
function Bound:gather(source, target, index) end

--- Whose elements it walks, where it belongs to a projection.
---@param side "uniform"|"pre"|"post"|"syn"|"elem"
---@return Bound
function Bound:over(side) end

--- Whose it is, for messages.
---@param text string  "population 'cells'"
---@return Bound
function Bound:title(text) end

--- To which kind of events, or to which pathway, it belongs, where several share a list; from 1.
---@param number integer
---@return Bound
function Bound:tag(number) end

-- ---- populations ----

--- Neurons that step together, and their spikes.
---@class CorePopulation
local CorePopulation = {}

--- Kernels of a role, in order, in the place of those that it had.
---@param role "update"|"reset"|"event"|"effect"  @param bounds Bound[]
function CorePopulation:set_kernels(role, bounds) end

--- Make it a Poisson population. The array holds its rates in Hz, one for all or one each, from now on; `name` says in messages what they are.
---@param rates Array  @param name string
function CorePopulation:set_rates(rates, name) end

--- Make it emit given spikes: neurons from 1, times in ms.
---@param neurons integer[]|Array  @param times number[]|Array  @param period? number
function CorePopulation:set_spikes(neurons, times, period) end

--- Times of the last spikes.
---@return Array
function CorePopulation:t_last() end

--- A kind of events beside spikes: they are numbered from 1, in the order in which they are added. One that is there stays.
---@param name string
function CorePopulation:add_event(name) end

--- Of those that ranks share, the first and last neuron (from 1) that this rank computes; else nil, and why it computes all of them. Before the first run, and where
--- there is one rank, there is no why.
---@return integer? first
---@return integer|string? last
function CorePopulation:own() end

--- Count spikes over a window (ms) into an array, in Hz.
---@param rate Array  @param window number
function CorePopulation:count_rate(rate, window) end

--- Set an array from the next row of a stream at every step. `name` says in messages what is driven.
---@param stream Stream  @param target Array  @param name string
function CorePopulation:add_drive(stream, target, name) end

--- The array of a driven variable was replaced.
---@param before Array  @param after Array
function CorePopulation:move_drives(before, after) end

--- What sets an array, or a part of it, at every step is over.
---@param target Array
function CorePopulation:remove_drive(target) end

--- Out of the network, for good.
function CorePopulation:remove() end

--- Spikes that were sent are forgotten, with those under way, the times of last spikes and the window of the rate.
function CorePopulation:forget_spikes() end

--- Numbers (from 1) of the neurons that spiked in the last step.
---@return Array
function CorePopulation:spikes() end

--- How many spikes there were since the beginning.
---@return integer
function CorePopulation:n_spikes() end

--- What its state consists of.
---@return StateItem[]
function CorePopulation:state() end

--- How Poisson spikes are drawn, in words.
---@return string
function CorePopulation:describe_source() end

-- ---- projections ----

--- Synapses and the kernels that act on them.
---@class CoreProjection
local CoreProjection = {}

--- Number of synapses.
---@return integer
function CoreProjection:count() end

--- How they are stored: a name of kernel.formats().
---@return string
function CoreProjection:format() end

--- Memory of the storage (indexes, not variables).
---@return integer
function CoreProjection:bytes() end

--- What is under way arrives nowhere; delayed rates have been what they are now.
function CoreProjection:forget() end

--- The synapses become those of a state; kernels are taken away.
---@param archive CoreArchive|Hdf5File
function CoreProjection:read_storage(archive) end

--- Pre neurons of the synapses, from 1.
---@return Array
function CoreProjection:pre() end

--- Post neurons of the synapses, from 1.
---@return Array
function CoreProjection:post() end

--- Synapses of each post neuron.
---@return Array
function CoreProjection:fan_in() end

--- Synapses of each pre neuron.
---@return Array
function CoreProjection:fan_out() end

--- Sums of values, their magnitudes or squares over the synapses of each neuron of a side, into `out`.
---@param values Array  @param side "pre"|"post"  @param what "sum"|"abs"|"square"  @param out Array
---@return Array out
function CoreProjection:sum(values, side, what, out) end

--- Multiply values of synapses by numbers of their neurons of a side, or add these.
---@param values Array  @param side "pre"|"post"  @param what "scale"|"add"  @param numbers Array
function CoreProjection:change(values, side, what, numbers) end

--- The number of its neuron of a side for each synapse.
---@param side "pre"|"post"  @param numbers Array
---@return Array
function CoreProjection:spread(side, numbers) end

--- Numbers of the synapses of a neuron, ascending.
---@param side "pre"|"post"  @param neuron integer
---@return Array
function CoreProjection:synapses_of(side, neuron) end

--- Length of the arrays of per-synapse variables. A synapse's place in them may differ from its number: see read and write.
---@return integer
function CoreProjection:n_places() end

--- Are values kept in the order of the synapses?
---@return boolean
function CoreProjection:is_in_order() end

--- The place of each synapse, from 1; nil where the places are the numbers.
---@return Array?
function CoreProjection:places() end

--- The values of such an array in the order of the synapses: the array itself where it has that order, else a copy.
---@param a Array
---@return Array
function CoreProjection:read(a) end

--- Put values in the order of the synapses into such an array. Nothing to do where the two are one.
---@param a Array  @param values Array
function CoreProjection:write(a, values) end

--- Whether its targets hold nothing but sums that are cleared in every step: then the sums may be taken a step ahead.
---@param may boolean
function CoreProjection:sum_ahead(may) end

--- What builds all of a projection that is held in part (lunapse.network.part).
---@param f fun()
function CoreProjection:on_whole(f) end

--- Somebody needs all of a projection that is held in part: ranks meet, and each calls what on_whole was given.
function CoreProjection:whole() end

--- All synapses in place of the part, without delays of their own.
---@param recipe table   what network:projection took
function CoreProjection:make_whole(recipe) end

--- Keep where rows begin in few bytes, for kernels that are told; or in as many as kernels want that go over all synapses.
---@param is_packed boolean
function CoreProjection:pack(is_packed) end

--- An array for all synapses with this rank's values, those of its part.
---@param own array
---@return array
function CoreProjection:lay_out(own) end

--- Of each row of the whole the place of its first synapse, and of each how many of its synapses end before the part.
---@param recipe table
---@return array
function CoreProjection:part_rows(recipe) end

--- Draw a value for each synapse of the part, by its place among all.
---@param recipe table
---@param to array
---@param rows array   of part_rows
---@param ... any      a distribution: kind, a, b, low, high, seed, object, stream; where rows have been sorted by delays, their step in ms and their distribution
function CoreProjection:draw_part(recipe, to, rows, ...) end

--- The least and the greatest delay (ms) that are drawn for the synapses of all ranks.
---@param dt number
---@param ... any    a distribution
---@return number low
---@return number high
function CoreProjection:delay_range_of_all(dt, ...) end

--- Make what walks by neurons of a side need.
---@param side "pre"|"post"
function CoreProjection:index(side) end

--- One delay for all.
---@param ms number  @param steps integer
function CoreProjection:set_delay(ms, steps) end

--- A delay for each synapse, in whole steps; they are sorted by it. Where one lies outside of 0 .. longest, nothing is done.
---@param dt number  ms, of the steps  @param longest number  ms  @param wants_order? boolean
---@param ms Array|string  float64 [size]; or a distribution and its stream, as engine.draw takes them
---@return number low    ms, the least of them
---@return number high
---@return Array?  what each was before: numbers from 1
function CoreProjection:set_delays(dt, longest, wants_order, ms, ...) end

--- The delays are about to change: what is under way is written down as it is now.
function CoreProjection:hold() end

--- Synapses have moved, and what is written down for them follows.
---@param to Array  int64 [size]; where each went, from 1; 0: it is gone
function CoreProjection:move_held(to) end

--- What events do beside the roles "pre" and "post", each after a delay of its own: numbered from 1. `ms` nil: that of the projection.
---@param list { side: "pre"|"post", event: integer, ms?: number, steps?: integer }[]
function CoreProjection:set_pathways(list) end

--- A delay for each synapse in place of one for all, in steps.
---@param k integer  @param steps Array
function CoreProjection:spread_pathway(k, steps) end

--- The delay of each synapse, where each has its own.
---@param dt number  ms, of the steps that delays are counted in
---@return Array ms
function CoreProjection:delays(dt) end

--- The least and the greatest delay, where each synapse has its own; nil where there are no synapses.
---@param dt number  ms, of the steps that delays are counted in
---@return number? low  ms
---@return number? high
function CoreProjection:delay_range(dt) end

--- Kernels of a role, in order, in the place of those that it had.
---@param role "psp"|"equations"|"pre"|"post"|"pathway"|"pathway_post"|"ahead"  @param bounds Bound[]
function CoreProjection:set_kernels(role, bounds) end

--- Forget the kernels that bring event-driven variables to the present.
function CoreProjection:clear_flushes() end

--- Add such kernels; `due` holds the time after which they must run.
---@param due? Array  @param bounds Bound[]
function CoreProjection:add_flush(due, bounds) end

--- Take a kernel that does later what post spikes do to synapses; without one it is done at once, and what was put off now.
---@param bound? Bound
function CoreProjection:put_off(bound) end

--- Is it put off, as of the last plan of steps? And if not, why.
---@return boolean
---@return string?
function CoreProjection:puts_off() end

--- Bring event-driven variables to a time (now).
---@param t? number
---@return number t
function CoreProjection:flush(t) end

--- Bring them to the present for who only looks; put_back follows.
function CoreProjection:show() end

--- They are again what they were before show.
function CoreProjection:put_back() end

--- Keep `delayed` so many steps behind `source`, or, where every synapse has a delay of its own, an element for each as far behind as that says. What the lag of the
--- array `before` remembers goes on, and that one ends.
---@param source Array  @param delayed Array  @param steps integer  @param before? Array
function CoreProjection:add_lag(source, delayed, steps, before) end

--- Keep it no longer.
---@param delayed Array
function CoreProjection:remove_lag(delayed) end

--- Out of the network, for good.
function CoreProjection:remove() end

--- What its state consists of.
---@return StateItem[]
function CoreProjection:state() end

--- A block of pairs, for CoreNetwork:bind.
---@param first_major integer  @param majors integer  @param first_minor integer  @param minors integer
---@return any pairs
function CoreProjection:pairs(first_major, majors, first_minor, minors) end

--- Set the answers of pairs that are joined already to 0.
---@param pairs any  @param answers Array
function CoreProjection:clear_known(pairs, answers) end

--- Plan to keep some synapses and to add others.
---@param keep? Array  @param pre Array  @param post Array
---@return any change
---@return Array places  of each old synapse, from 1; 0: removed
---@return Array added
function CoreProjection:plan_change(keep, pre, post) end

--- Do what was planned.
---@param change any
function CoreProjection:commit_change(change) end

-- ---- operations and recorders ----

--- What takes the rows of recorders that fill in step, or the spikes of one, when they hold `block` of them.
---@param recorders CoreRecorder[]|CoreSpikeRecorder  @param block integer
---@return RowSink
function engine.row_sink(recorders, block) end

---@class RowSink
local RowSink = {}

--- From now on they go to datasets of a file: each recorder's and that of the times; of spikes times and neurons.
---@param file Hdf5File  @param paths string[]  @param block integer  @param other? RowSink of the same file
function RowSink:open(file, paths, block, other) end

--- Everything in memory goes to the file, of all sinks of that file.
function RowSink:hand_over() end

--- What is recorded from now on stays in memory.
function RowSink:release() end

--- Something periodic.
---@class CoreOperation
local CoreOperation = {}

--- Whether it acts.
---@param is_on boolean
function CoreOperation:set_active(is_on) end

--- How often it has acted.
---@return integer
function CoreOperation:calls() end

--- The number that it got when it was made.
---@return integer
function CoreOperation:id() end

--- Will it ever act again?
---@return boolean
function CoreOperation:is_due() end

--- Another period, from now on.
---@param every number|"once"  @param offset number
function CoreOperation:reschedule(every, offset) end

--- What its state consists of.
---@return StateItem[]
function CoreOperation:state() end

--- Other kernels.
---@param bounds Bound[]
function CoreOperation:set_kernels(bounds) end

--- Take it out; the handle is of no use afterwards.
function CoreOperation:remove() end

--- Rows of an array over time.
---@class CoreRecorder
local CoreRecorder = {}

--- Its number among the recorders of its network, of rows or of spikes, as they were made.
---@return integer
function CoreRecorder:id() end

--- Out of the network, for good.
function CoreRecorder:remove() end

--- What was recorded; rows that were handed over are read from a dataset of a file.
---@param file? Hdf5File  @param path? string
---@return Array  [rows][columns]
function CoreRecorder:rows(file, path) end

--- Times of the rows, ms.
---@param file? Hdf5File  @param path? string
---@return Array
function CoreRecorder:times(file, path) end

--- Add to each of `sums` [columns] the squared differences of its column from `target` [rows], each times its weight [rows] if there are weights; of the rows in memory.
---@param target Array  @param weights? Array  @param sums Array
function CoreRecorder:add_squares(target, weights, sums) end

--- How many rows were handed over.
---@return integer
function CoreRecorder:n_taken() end

--- Those are nowhere any more.
function CoreRecorder:forget_taken() end

--- Number of rows.
---@return integer
function CoreRecorder:count() end

--- Memory that it holds.
---@return integer
function CoreRecorder:bytes() end

--- How many elements a row has.
---@return integer
function CoreRecorder:width() end

--- Forget them.
function CoreRecorder:clear() end

--- Whether it records.
---@param is_on boolean
function CoreRecorder:set_active(is_on) end

--- What its state consists of.
---@return StateItem[]
function CoreRecorder:state() end

--- The source was replaced by an array of more elements.
---@param a Array
function CoreRecorder:widen(a) end

--- The source was replaced, its elements moved: numbers from 1, 0 for none.
---@param a Array  @param places? Array  @param columns? Array
function CoreRecorder:follow(a, places, columns) end

--- Spikes of a population.
---@class CoreSpikeRecorder
local CoreSpikeRecorder = {}

--- Its number among the recorders of its network, of rows or of spikes, as they were made.
---@return integer
function CoreSpikeRecorder:id() end

--- Out of the network, for good.
function CoreSpikeRecorder:remove() end

--- Neuron numbers from 1.
---@param file? Hdf5File  @param path? string
---@return Array
function CoreSpikeRecorder:neurons(file, path) end

--- Times, ms.
---@param file? Hdf5File  @param path? string
---@return Array
function CoreSpikeRecorder:times(file, path) end

--- What its state consists of.
---@return StateItem[]
function CoreSpikeRecorder:state() end

--- Step numbers from 0.
---@param file? Hdf5File  @param path? string
---@return Array
function CoreSpikeRecorder:steps(file, path) end

--- A column: its values at the spikes.
---@param column integer  @param file? Hdf5File  @param path? string
---@return Array
function CoreSpikeRecorder:values(column, file, path) end

--- The source of a column was replaced by another array of its type.
---@param column integer  @param source Array
function CoreSpikeRecorder:follow(column, source) end

--- Number of spikes.
---@return integer
function CoreSpikeRecorder:count() end

--- Memory that it holds.
---@return integer
function CoreSpikeRecorder:bytes() end

--- Forget them.
function CoreSpikeRecorder:clear() end

--- Whether it records.
---@param is_on boolean
function CoreSpikeRecorder:set_active(is_on) end

-- ---- state ----

--- The state of a network in memory.
---@class CoreArchive
local CoreArchive = {}

--- Memory that it takes.
---@return integer
function CoreArchive:bytes() end

return engine
