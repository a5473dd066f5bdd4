--- Words of other programs, and what does their work here: whoever looks for `SpikeGeneratorGroup` finds net:spike_source.
local peers = {}

--- { programs ("": words of everybody), words, names of entries of lp.help }; words are compared without regard to case.
peers.rows = {
  -- networks and runs
  { "Brian 2, NEST, ANNarchy, PyNN", "defaultclock, ResetKernel, SetKernelStatus, resolution, local_num_threads, setup, set_seed, start_scope", "lp.network" },
  { "Brian 2, NEST, ANNarchy, PyNN", "simulate, run_for, device.build, RunManager", "net:run" },
  { "ANNarchy", "simulate_until", "net:run_until" },
  { "ANNarchy, Brian 2", "compile, codegen, cython, standalone", "net:explain, docs/refused.md: Things that would be nice, and that the house does without" },
  { "ANNarchy", "parallel_run, ParallelNetwork", "lp.sweep" },
  { "Brian 2, ANNarchy", "network_operation, callbacks, every", "net:every, net:at" },
  { "Brian 2", "profiling_summary", "net:profile" },

  -- neurons
  { "Brian 2, NEST, ANNarchy, GeNN", "NeuronGroup, Create, add_neuron_population", "net:population, lp.neuron" },
  { "Brian 2", "run_regularly", "pop:run_regularly" },
  { "Brian 2, PyNN, ANNarchy", "Subgroup, PopulationView, Assembly", "pop:slice, pop:select, docs/connections.md: Views" },
  { "Brian 2, PyNN, NEST", "SpikeGeneratorGroup, SpikeSourceArray, spike_generator, parrot_neuron, inhomogeneous_spike_train", "net:spike_source, pop:set_spikes" },
  { "Brian 2, ANNarchy, NEST, PyNN", "PoissonGroup, PoissonPopulation, poisson_generator, SpikeSourcePoisson, inhomogeneous_poisson_generator, PoissonInput", "net:poisson" },
  { "Brian 2, ANNarchy", "TimedArray, TimedPoissonPopulation", "lp.timed_array, docs/cookbook.md: Drive neurons with what you have measured" },
  { "NEST, PyNN", "dc_generator, ac_generator, step_current_generator, step_rate_generator, DCSource, ACSource, StepCurrentSource", "lp.timed_array, hearing.generator" },
  { "NEST, PyNN", "noise_generator, NoisyCurrentSource, randn, xi", "docs/language.md: Functions" },
  { "Brian 2", "unless refractory, event-driven, clock-driven, constant over dt, shared, not_refractory", "docs/language.md: Flags" },
  { "Brian 2", "Equations, EquationTemplate, substitute", "lp.equations, model:extend, model:replace" },
  { "", "inherit, compose, extend, derived model, model family", "model:extend, model:replace, lp.equations" },
  { "Brian 2", "lastspike, namespace", "docs/language.md: Names, docs/language.md: Parts of a model" },
  { "Brian 2, NEURON", "SpatialNeuron, Morphology, Section, compartments", "docs/refused.md: Things that would be nice, and that the house does without" },

  -- models
  { "NEST", "iaf_psc_alpha, iaf_psc_alpha_multisynapse", "lp.models.IF_curr_alpha" },
  { "NEST", "iaf_psc_exp, iaf_psc_exp_multisynapse", "lp.models.IF_curr_exp" },
  { "NEST", "iaf_psc_delta, iaf_psc_delta_ps", "lp.models.LIF" },
  { "NEST", "iaf_cond_alpha", "lp.models.IF_cond_alpha" },
  { "NEST", "iaf_cond_exp", "lp.models.IF_cond_exp" },
  { "NEST", "aeif_cond_alpha", "lp.models.EIF_cond_alpha_isfa_ista, lp.models.AdEx" },
  { "NEST", "aeif_cond_exp", "lp.models.EIF_cond_exp_isfa_ista, lp.models.AdEx" },
  { "NEST", "hh_psc_alpha, hh_cond_exp_traub, HodgkinHuxley", "lp.models.HH_cond_exp" },
  { "NEST, ANNarchy", "rate_neuron_ipn, rate_transformer_node", "lp.models.LeakyIntegrator" },
  { "NEST, PyNN", "static_synapse, StaticSynapse", "lp.models.static" },
  { "NEST, PyNN", "stdp_synapse, stdp_pl_synapse_hom, stdp_triplet_synapse, STDPMechanism, SpikePairRule, AdditiveWeightDependence", "lp.models.STDP, lp.stdp_window" },
  { "NEST, PyNN", "tsodyks_synapse, tsodyks2_synapse, TsodyksMarkramMechanism", "lp.models.STP" },
  { "NEST", "volume_transmitter, stdp_dopamine_synapse", "docs/cookbook.md: Let a reward gate what is learnt" },
  { "", "neuromodulation, dopamine, third factor, eligibility", "docs/cookbook.md: Let a reward gate what is learnt" },

  -- synapses
  { "Brian 2, NEST, ANNarchy, PyNN, GeNN", "Synapses, Connect, add_synapse_population, conn_spec, syn_spec", "net:project, lp.synapse" },
  { "Brian 2", "on_pre, on_post, summed", "docs/language.md: Parts of a model, docs/cookbook.md: Sum over several projections" },
  { "ANNarchy, PyNN", "connect_all_to_all, AllToAllConnector", "lp.all_to_all" },
  { "ANNarchy, PyNN", "connect_one_to_one, OneToOneConnector", "lp.one_to_one" },
  { "ANNarchy, PyNN, NEST", "connect_fixed_probability, FixedProbabilityConnector, pairwise_bernoulli", "lp.fixed_probability" },
  { "ANNarchy, PyNN, NEST", "connect_fixed_number_pre, FixedNumberPreConnector, fixed_indegree", "lp.fixed_number_pre" },
  { "ANNarchy, PyNN, NEST", "connect_fixed_number_post, FixedNumberPostConnector, fixed_outdegree", "lp.fixed_number_post" },
  { "PyNN, NEST, GeNN", "FixedTotalNumberConnector, fixed_total_number, FixedNumberTotalWithReplacement", "lp.fixed_total" },
  { "ANNarchy", "connect_gaussian", "lp.gaussian" },
  { "ANNarchy", "connect_dog", "lp.dog" },
  { "ANNarchy", "connect_with_func, connect_from_func", "lp.generator" },
  { "ANNarchy, PyNN", "connect_from_matrix, ArrayConnector", "lp.matrix" },
  { "ANNarchy, PyNN", "connect_from_sparse, FromListConnector, csr, scipy.sparse", "lp.sparse, lp.pairs" },
  { "ANNarchy, PyNN", "connect_from_file, FromFileConnector", "lp.from_file" },
  { "PyNN", "DistanceDependentProbabilityConnector, IndexBasedProbabilityConnector", "lp.probability, lp.condition" },
  { "ANNarchy, NEST", "receptive_fields, Dendrite, GetConnections", "proj:matrix, proj:incoming, proj:outgoing" },
  { "Brian 2, NEST, PyNN, scipy", "synapses.w, SynapseCollection, coo_matrix, triplets, get_weights", "proj:get, proj:set, proj:sparse" },
  { "PyNN, ANNarchy", "RandomDistribution, DiscreteUniform, LogNormal", "lp.uniform, lp.normal, lp.discrete_uniform, lp.lognormal" },

  -- recordings and analysis
  { "Brian 2, ANNarchy, NEST, PyNN", "StateMonitor, Monitor, get_record, get_data, multimeter, voltmeter", "net:record" },
  { "Brian 2, NEST", "SpikeMonitor, spike_recorder, spike_detector, spike_trains, get_spikes", "net:record, SpikeRecording" },
  { "Brian 2, ANNarchy", "EventMonitor, axon_spike, pre_axon_spike", "net:record, docs/cookbook.md: Know how high a neuron was when it spiked" },
  { "Brian 2", "PopulationRateMonitor", "spikes:population_rate" },
  { "ANNarchy", "mean_fr", "spikes:mean_rate" },
  { "ANNarchy", "raster_plot", "fig[1]:raster, lp.plot" },
  { "Brian 2, NEST", "net.remove, delete, Disconnect, ResetNetwork", "net:remove, proj:prune" },
  { "Elephant", "cross_correlation_histogram, binned_spiketrain, spike_train", "spikes:correlogram, spikes:trains" },
  { "Elephant", "correlation_coefficient, corrcoef, fanofactor, cv2, lv", "spikes:correlation, spikes:fano, spikes:cv2, spikes:lv" },
  { "Elephant, PySpike", "victor_purpura_distance, van_rossum_distance, isi_distance, spike_distance, SPIKE-distance",
    "spikes:victor_purpura, spikes:van_rossum, spikes:isi_distance, spikes:spike_distance" },
  { "Elephant", "dither_spikes, dither_spike_train, shuffle_isis, surrogates", "spikes:jitter, spikes:shift, spikes:shuffle" },
  { "Elephant", "spike_triggered_average, peri-stimulus time histogram, time_histogram", "spikes:triggered_average, spikes:psth, spikes:histogram" },

  -- signals
  { "numpy, scipy", "fft.fft, fft.rfft, fft.ifft, fft.irfft, fft.fftfreq, fft2", "lp.signal.fft, lp.signal.rfft, lp.signal.irfft, lp.signal.fftfreq" },
  { "scipy, Elephant, Matlab", "pwelch, periodogram, psd, welch_psd, power_spectrum", "lp.signal.welch" },
  { "scipy, Matlab", "stft, cpsd, mscohere, specgram", "lp.signal.spectrogram, lp.signal.csd, lp.signal.coherence" },
  { "scipy", "sosfilt, lfilter, get_window", "lp.signal.filter, lp.signal.window" },
  { "scipy", "sosfiltfilt", "lp.signal.filtfilt" },
  { "scipy", "cheby1, ellip, bessel, iirfilter, butterworth", "lp.signal.butter" },
  { "scipy", "gaussian_filter1d, gaussian_filter, savgol_filter, uniform_filter1d", "lp.signal.gaussian" },
  { "pandas", "ewm, rolling", "lp.signal.exponential, lp.signal.convolve" },
  { "numpy, statsmodels, Matlab", "acf, xcorr, fftconvolve, correlate1d", "lp.signal.autocorrelation, lp.signal.correlate, lp.signal.convolve" },
  { "numpy, scipy", "interp1d, searchsorted, digitize", "lp.signal.interp" },
  { "scipy", "peak_prominences, argrelmax", "lp.signal.find_peaks" },

  -- linear algebra
  { "numpy, scipy, Matlab", "linalg.solve, mldivide, lu_solve, cho_solve, linsolve", "lp.linalg.solve" },
  { "numpy, scipy", "linalg.inv, linalg.det, linalg.qr, linalg.svd, linalg.eig, linalg.eigh, linalg.eigvals, linalg.eigvalsh, eigvals, eigvalsh", "lp.linalg" },
  { "numpy, scipy, scikit-learn", "linalg.lstsq, polyfit, LinearRegression, nnls", "lp.linalg.lstsq" },
  { "scikit-learn", "Ridge, tikhonov", "lp.linalg.ridge" },
  { "scikit-learn", "PCA, TruncatedSVD, explained_variance_ratio_", "lp.linalg.pca" },
  { "numpy, scipy", "linalg.pinv, pinvh", "lp.linalg.pinv" },
  { "scipy", "linalg.expm, expm_multiply", "lp.linalg.expm" },
  { "numpy", "linalg.norm, linalg.matrix_rank, matrix_rank", "lp.linalg.norm, lp.linalg.rank" },
  { "numpy", "einsum, tensordot, vdot, inner, linalg.multi_dot", "lp.linalg.matmul, a:dot" },
  { "numpy", "complex128, complex64, cdouble, angle, iscomplex, conjugate, real_if_close", "lp.complex, a:arg, a:conj" },

  -- sounds
  { "brian2hears", "Gammatone, FilterbankGroup, erbspace, MiddleEar", "hearing.gammatone, hearing.erbspace" },
  { "brian2hears", "whitenoise, pinknoise, harmoniccomplex, loadsound", "hearing.white_noise, hearing.pink_noise, hearing.harmonic_complex, hearing.load" },

  -- figures and files
  { "matplotlib", "subplots, GridSpec, figsize, rcParams", "lp.figure" },
  { "matplotlib", "colormap, cmap, imshow, pcolormesh, colorbar, viridis", "fig[1]:image" },
  { "matplotlib", "scatter", "fig[1]:points" },
  { "matplotlib", "fill_between", "fig[1]:band" },
  { "matplotlib", "errorbar, barh", "fig[1]:bars" },
  { "matplotlib", "axhline, axvline, axhspan, axvspan", "fig[1]:hline, fig[1]:vline, fig[1]:hspan, fig[1]:vspan" },
  { "matplotlib", "semilogx, semilogy, loglog, set_xscale", "fig[1]:log" },
  { "matplotlib", "savefig", "fig:save" },
  { "matplotlib", "suptitle, annotate", "fig:title, fig[1]:text" },
  { "NEST, PyNN, BMTK", "SONATA, SonataNetwork, import_from_sonata, circuit_config, nodes.h5, edges.h5", "lp.from_sonata" },
  { "NEST, PyNN, BMTK", "export_to_sonata, NetworkBuilder, save_nodes, save_edges", "lp.to_sonata" },
  { "pandas, numpy", "csv, to_csv, DataFrame, savetxt", "s:save, lp.from_file" },
}

local function list(text)
  local items = {}
  for item in (text .. ", "):gmatch "(.-), " do items[#items + 1] = item end
  return items
end

local by_word

--- What a word of another program is called here.
---@param word string
---@return { word: string, programs: string, names: string[] }?
function peers.find(word)
  if not by_word then
    by_word = {}
    for _, row in ipairs(peers.rows) do
      -- names of entries may hold a comma of their own: "docs/refused.md: Things that would be nice, and ..."
      local names = list((row[3]:gsub(", and", "\0and")))
      for k, name in ipairs(names) do names[k] = name:gsub("%z", ", ") end
      for _, item in ipairs(list(row[2])) do by_word[item:lower()] = { word = item, programs = row[1], names = names } end
    end
  end
  return by_word[word:lower()]
end

return peers
