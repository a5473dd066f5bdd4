--- Words of other programs, and what does their work here: whoever looks for `SpikeGeneratorGroup` finds net:spike_source.
local peers = {}

--- { programs ("": words of everybody), words, names of entries of lp.help }; words are compared without regard to case.
peers.rows = {
  -- networks and runs
  { "Brian 2, NEST, ANNarchy, PyNN", "defaultclock, ResetKernel, SetKernelStatus, resolution, local_num_threads, setup, set_seed, start_scope", "lp.network" },
  { "Brian 2, NEST, ANNarchy, PyNN", "simulate, run_for, device.build, RunManager", "net:run" },
  { "ANNarchy", "simulate_until, stop_condition", "net:run_until" },
  { "Brian 2", "report_period, report=\"text\"", "net:run" },
  { "NEST, CARLsim", "NEST Desktop, nest-server, dashboard, browser", "net:serve, docs/live.md" },
  { "NEST, PyNN", "rng_seed, min_delay", "lp.network" },
  { "NEST, Brian 2", "PrintNodes, scheduling_summary", "net:describe, net:explain" },
  { "NEST, PyNN", "biological_time, get_current_time", "docs/coming-from-nest-pynn.md: Networks and runs" },
  { "ANNarchy, Brian 2", "compile, codegen, cython, standalone", "net:explain, docs/refused.md: Things that would be nice, and that the house does without" },
  { "ANNarchy", "parallel_run, ParallelNetwork", "lp.sweep" },
  { "NEST, PyNN, Auryn", "MPI, mpirun, srun, Slurm, cluster, Rank, NumProcesses, num_processes, total_num_virtual_procs", "docs/clusters.md, lp.sweep" },
  { "Brian 2, ANNarchy", "network_operation, callbacks, every", "net:every, net:at" },
  { "Brian 2", "profiling_summary", "net:profile" },

  -- neurons
  { "Brian 2, NEST, ANNarchy, GeNN", "NeuronGroup, Create, add_neuron_population", "net:population, lp.neuron" },
  { "Brian 2", "run_regularly", "pop:run_regularly" },
  { "Brian 2, PyNN, ANNarchy", "Subgroup, PopulationView, Assembly", "pop:slice, pop:select, docs/connections.md: Views" },
  { "Brian 2, PyNN, NEST", "SpikeGeneratorGroup, SpikeSourceArray, spike_generator, parrot_neuron, inhomogeneous_spike_train", "net:spike_source, pop:set_spikes" },
  { "ANNarchy, elephant", "HomogeneousCorrelatedSpikeTrains, CorrelatedSpikeTrains, Cox process, doubly stochastic", "lp.correlated_poisson, lp.correlated_trains" },
  { "ANNarchy", "BoldMonitor, BOLD, fMRI, hemodynamic response, balloon_RN, balloon_RL, balloon_CN, balloon_CL", "lp.bold, docs/cookbook.md: See what a scanner would see" },
  { "", "zap, frozen noise, current clamp", "lp.chirp_current, lp.noise_current, lp.step_current" },
  { "ANNarchy", "DecodingProjection, Spike2Rate, Rate2Spike, decoding", "docs/cookbook.md: Go from spikes to rates, and back" },
  { "elephant", "cpp, compound_poisson_process, single_interaction_process, mixture method", "lp.correlated_trains" },
  { "elephant, NEST", "gamma_sup_generator, ppd_sup_generator, homogeneous_gamma_process, StationaryGammaProcess, NonStationaryGammaProcess, renewal process",
    "lp.renewal_trains" },
  { "NEST", "spike_dilutor, pulsepacket_generator, pulse packet, synfire, spatio-temporal pattern", "lp.repeated_trains" },
  { "Brian 2, ANNarchy, NEST, PyNN", "PoissonGroup, PoissonPopulation, poisson_generator, SpikeSourcePoisson, inhomogeneous_poisson_generator, PoissonInput", "net:poisson" },
  { "Brian 2, ANNarchy", "TimedArray, TimedPoissonPopulation", "lp.timed_array, docs/language.md: Arrays, docs/cookbook.md: Drive neurons with what you have measured" },
  { "Brian 2, NEURON, NESTML", "look-up table, lookup table, Vector.play, table interpolation", "lp.table, docs/language.md: Arrays" },
  { "NEST, PyNN", "dc_generator, ac_generator, step_current_generator, step_rate_generator, DCSource, ACSource, StepCurrentSource, CurrentInjection",
    "lp.step_current, lp.sine_current, lp.timed_array, hearing.generator" },
  { "Brian 2, NEST, scipy, NEURON",
    "adaptive step, error control, gsl_rkf45, gsl_rk8pd, gsl_adaptive_stepsize, method_options, absolute_error, RK45, DOP853, solve_ivp, ode45, Dormand-Prince, CVode, rtol, atol",
    "docs/numerics.md: Error control within a step" },
  { "NESTML, NEST", "local linearisation, exponential Rosenbrock, exponential Euler", "docs/numerics.md: Systems of equations" },
  { "NEST, PyNN", "noise_generator, NoisyCurrentSource, randn, xi", "docs/language.md: Functions" },
  { "Brian 2", "unless refractory, event-driven, clock-driven, constant over dt, shared, not_refractory", "docs/language.md: Flags" },
  { "Brian 2, ANNarchy", "timestep, isnan, isfinite, modulo, floor division", "docs/language.md: Functions, docs/language.md: Operators" },
  { "Brian 2", "Equations, EquationTemplate, substitute", "lp.equations, model:extend, model:replace" },
  { "", "inherit, compose, extend, derived model, model family", "model:extend, model:replace, lp.equations" },
  { "NEST, PyNN", "GetDefaults, SetDefaults, CopyModel, NESTML", "docs/coming-from-nest-pynn.md: Networks and runs, lp.neuron" },
  { "NEST, PyNN", "SetStatus, GetStatus, initialize", "docs/coming-from-nest-pynn.md: Networks and runs" },
  { "ANNarchy", "Constant, add_function", "lp.network, docs/language.md: Parameters, docs/coming-from-annarchy.md: Networks and runs, docs/language.md: Functions" },
  { "ANNarchy, Keras, PyTorch", "Convolution, connect_filter, connect_filters, Conv2D, filter bank, keep_last_dimension, weight sharing, shared weights, learned filter",
    "lp.convolution, docs/connections.md: Filters on grids" },
  { "ANNarchy, CARLsim", "ImagePopulation, set_image, VisualStimulus, PIL, imread", "lp.seeing.image" },
  { "ANNarchy", "VideoPopulation, grab_image, start_camera, OpenCV, webcam, film frames", "lp.seeing.frames, docs/seeing.md: Frames" },
  { "", "saccade, fixation, gaze, foveation, moving window", "lp.seeing.saccades" },
  { "", "Mexican hat, LGN, on and off cells, center surround, centre surround, orientation selectivity, simple cells", "lp.seeing.dog, lp.seeing.gabor" },
  { "ANNarchy, PyTorch", "Logger, TensorBoard, tensorboardX, SummaryWriter, add_scalar, add_scalars, add_histogram, add_image, add_figure, tfevents",
    "lp.logger, docs/recording.md: A log for TensorBoard" },
  { "ANNarchy, SNN toolbox, Nengo",
    "ANNtoSNNConverter, load_keras_model, ANN to SNN, ANN2SNN, rate coding, latency coding, time to first spike, nengo-dl, input_encoding",
    "lp.ann_to_snn, docs/cookbook.md: Take over a trained network" },
  { "ANNarchy", "Copy, CopyProjection, tied weights", "lp.copy, docs/connections.md: Copies" },
  { "ANNarchy, Keras, PyTorch", "connect_pooling, MaxPooling2D, MaxPool2d, AveragePooling2D, max-pooling", "lp.pooling, docs/connections.md: Filters on grids" },
  { "ANNarchy", "compute_firing_rate", "pop:compute_rate" },
  { "Brian 2", "linked_var, linked", "docs/language.md: Names, docs/coming-from-brian.md: Synapses" },
  { "", "ANNarchy, Brian, Brian 2, Brian2, NEST, PyNN, porting", "docs/coming-from-annarchy.md, docs/coming-from-brian.md, docs/coming-from-nest-pynn.md" },
  { "Brian 2", "lastspike, namespace", "docs/language.md: Names, docs/language.md: Parts of a model" },
  { "Brian 2, NEURON, Arbor", "SpatialNeuron, multicompartment, compartments, cable_cell, cable equation, nseg", "net:cables, docs/cables.md: The model" },
  { "Brian 2, NEURON, Arbor", "Morphology, Soma, segment_tree, pt3dadd, h.Section", "lp.section, lp.sphere, lp.cylinder, docs/cables.md: Shapes" },
  { "Brian 2, NEURON, Arbor", "from_swc_file, Morphology.from_file, Import3d, load_swc, SWC, NeuroMorpho", "lp.morphology" },
  { "NEURON, Arbor", "d_lambda, lambda_f, cv_policy", "section:discretise" },
  { "Brian 2", "point current, Im, SpatialSubgroup, axial_resistivity", "docs/cables.md: The model, docs/cables.md: Places" },
  { "NEURON, Arbor", "locset, synapse placement, synapse density", "lp.places" },
  { "Brian 2, NEURON", "PlotShape, plot_morphology, plot_dendrogram", "section:plot, section:dendrogram" },

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
  { "PyNN", "SmallWorldConnector, Watts-Strogatz, Watts, Strogatz", "lp.small_world" },
  { "networkx", "Barabasi-Albert, Barabasi, preferential attachment", "lp.scale_free" },
  { "PyNN, NEST", "gaussian2D, edge_wrap, spatial_distributions, spatially structured", "lp.spatial" },
  { "", "stochastic block model, block matrix, connection table, degree-corrected, Karrer", "lp.blocks" },
  { "Brian 2", "j='k for k in range', skip_if_invalid, for k in", "lp.condition" },
  { "NEST", "allow_autapses, allow_multapses, multapse, autapse", "docs/connections.md: Autapses and multapses" },
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
  { "PyNN", "DistanceDependentProbabilityConnector, IndexBasedProbabilityConnector", "lp.probability, lp.condition, lp.spatial" },
  { "ANNarchy, NEST", "receptive_fields, Dendrite, connectivity_matrix, GetConnections", "proj:receptive_fields, proj:matrix, proj:incoming, proj:outgoing" },
  { "Brian 2, NEST, PyNN, scipy", "synapses.w, SynapseCollection, coo_matrix, triplets, get_weights", "proj:get, proj:set, proj:sparse" },
  { "PyNN, NEST", "receptor_type, receptor_types", "net:project" },
  { "PyNN, ANNarchy", "RandomDistribution, DiscreteUniform, LogNormal", "lp.uniform, lp.normal, lp.discrete_uniform, lp.lognormal" },

  -- recordings and analysis
  { "Brian 2, ANNarchy, NEST, PyNN", "StateMonitor, Monitor, get_record, get_data, multimeter, voltmeter", "net:record" },
  { "Brian 2, NEST", "SpikeMonitor, spike_recorder, spike_detector, spike_trains, get_spikes", "net:record, SpikeRecording" },
  { "Brian 2, ANNarchy", "EventMonitor, axon_spike, pre_axon_spike", "net:record, docs/cookbook.md: Know how high a neuron was when it spiked, docs/language.md: Events" },
  { "Brian 2", "events=, custom events, run_on_event, set_event_action, set_event_schedule, on_event, t_burst", "docs/language.md: Events, lp.neuron, lp.synapse" },
  { "Brian 2", "PopulationRateMonitor, smooth_rate", "spikes:population_rate" },
  { "ANNarchy, PyNN", "mean_fr, mean_spike_count", "spikes:mean_rate" },
  { "ANNarchy", "smoothed_rate, instantaneous rate", "spikes:smoothed_rate" },
  { "ANNarchy, Brian 2", "binned_rate, spike histogram", "spikes:histogram" },
  { "ANNarchy", "inter_spike_interval, coefficient_of_variation", "spikes:isi, spikes:cv" },
  { "ANNarchy", "raster_plot", "fig[1]:raster, lp.plot" },
  { "Brian 2, NEST", "net.remove, delete, Disconnect, ResetNetwork", "net:remove, proj:prune" },
  { "Elephant", "cross_correlation_histogram, binned_spiketrain, spike_train", "spikes:correlogram, spikes:trains" },
  { "Elephant", "correlation_coefficient, corrcoef, fanofactor, cv2, lv", "spikes:correlation, spikes:fano, spikes:cv2, spikes:lv" },
  { "Elephant, PySpike", "victor_purpura_distance, van_rossum_distance, isi_distance, spike_distance, SPIKE-distance",
    "spikes:victor_purpura, spikes:van_rossum, spikes:isi_distance, spikes:spike_distance" },
  { "Elephant", "dither_spikes, dither_spike_train, shuffle_isis, surrogates", "spikes:jitter, spikes:shift, spikes:shuffle" },
  { "Elephant", "spike_triggered_average, peri-stimulus time histogram, time_histogram", "spikes:triggered_average, spikes:psth, spikes:histogram" },

  -- fitting
  { "brian2modelfitting", "TraceFitter, OnlineTraceFitter, SpikeFitter, fit_traces, fit_spikes", "lp.fit" },
  { "brian2modelfitting", "MSEMetric, GammaFactor, FeatureMetric, n_samples, n_rounds, param_init", "lp.fit, docs/fitting.md" },
  { "brian2modelfitting", "DEOptimizer, NevergradOptimizer, SkoptOptimizer, calc_gradient", "lp.fit, lp.optimizer" },
  { "brian2modelfitting, lmfit", "refine, least_squares", "fit:refine" },
  { "brian2modelfitting", "generate, generate_traces, generate_spikes", "fit:simulate" },
  { "scipy", "optimize.minimize, fmin, minimize_scalar, basinhopping, dual_annealing, differential_evolution, shgo", "lp.minimize" },
  { "nevergrad, cma, NLopt", "CMAEvolutionStrategy, GN_CRS2_LM, GN_ISRES, GN_ESCH, GN_DIRECT, LN_BOBYQA, LN_NELDERMEAD, ask and tell", "lp.minimize, lp.optimizer" },
  { "scikit-optimize, Optuna, ANNarchy", "gp_minimize, BayesSearchCV, hyperopt, create_study, fmin_hyperopt", "lp.optimize" },

  -- signals
  { "numpy, scipy", "fft.fft, fft.rfft, fft.ifft, fft.irfft, fft.fftfreq, fft2", "lp.signal.fft, lp.signal.rfft, lp.signal.irfft, lp.signal.fftfreq" },
  { "scipy, Matlab", "pwelch, periodogram, psd, power_spectrum", "lp.signal.welch" },
  { "Elephant", "welch_psd, welch_coherence", "spikes:spectrum, spikes:coherence, lp.signal.welch" },
  { "scipy, Matlab", "stft, cpsd, mscohere, specgram", "lp.signal.spectrogram, lp.signal.csd, lp.signal.coherence" },
  { "scipy", "sosfilt, lfilter, get_window", "lp.signal.filter, lp.signal.window" },
  { "scipy", "sosfiltfilt", "lp.signal.filtfilt" },
  { "numpy", "nansum, nanmean, nanstd, nanmedian, nanpercentile", "a:nansum, a:nanmean, a:nanquantile" },
  { "numpy, pandas", "sliding_window_view, moving_average, running_mean", "a:windows" },
  { "numpy", "hstack, vstack, concatenate, column_stack", "lp.array.hstack, lp.array.vstack, lp.array.join, lp.array.stack" },
  { "numpy", "maximum.accumulate, minimum.accumulate, cumprod", "a:cummax, a:cummin, a:cumprod" },
  { "numpy", "random.permutation, random.shuffle", "lp.permutation" },
  { "scipy", "ellip, bessel, iirfilter, butterworth, Chebyshev", "lp.signal.butter, lp.signal.cheby1, lp.signal.cheby2" },
  { "scipy", "buttord, cheb1ord, cheb2ord", "lp.signal.iirdesign" },
  { "scipy", "gaussian_filter1d, gaussian_filter, savgol_filter, uniform_filter1d", "lp.signal.gaussian" },
  { "pandas", "ewm, rolling", "lp.signal.exponential, a:windows" },
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
  { "brian2hears", "Gammatone, FilterbankGroup, erbspace", "hearing.gammatone, hearing.erbspace" },
  { "brian2hears", "whitenoise, pinknoise, harmoniccomplex, loadsound", "hearing.white_noise, hearing.pink_noise, hearing.harmonic_complex, hearing.load" },
  { "brian2hears", "vowel, irns, irno, iterated ripple noise, powerlawnoise, brownnoise", "hearing.vowel, hearing.ripple_noise, hearing.power_law_noise" },
  { "brian2hears", "atlevel, atmaxlevel, resized, atlen, pygame, loudspeaker", "snd:level, snd:max_level, snd:resize, snd:play" },
  { "librosa, brian2hears", "hz_to_mel, mel_frequencies, bark scale, ERB scale, erbrate", "hearing.hz_to_mel, hearing.hz_to_bark, hearing.hz_to_erb, hearing.erb_width" },
  { "brian2hears", "ApproximateGammatone", "hearing.approximate_gammatone" },
  { "brian2hears", "LogGammachirp, Gammachirp, AsymmetricCompensation", "hearing.log_gammachirp, hearing.asymmetric_compensation" },
  { "brian2hears", "DCGC, GCFB, dynamic compressive gammachirp", "hearing.dcgc" },
  { "brian2hears", "DRNL, dual resonance nonlinear, stapes", "hearing.drnl, hearing.stapes" },
  { "brian2hears", "TanCarney, MiddleEar, TanCarneyIHC, ZhangSynapse, Zilany", "hearing.tan_carney, hearing.middle_ear, hearing.inner_hair_cell, hearing.zhang_synapse" },
  { "brian2hears", "ControlFilterbank, time-varying filter", "src:iir, src:feedback" },
  { "brian2hears", "LinearFilterbank, IIRFilterbank, Cascade, LowPass", "src:iir, src:lowpass, lp.signal.iirdesign" },
  { "brian2hears", "FunctionFilterbank, SumFilterbank", "src:map" },
  { "brian2hears", "FIRFilterbank, overlap-add, fftfilt", "src:fir" },
  { "brian2hears", "LinearGammachirp, LinearGaborchirp", "hearing.linear_gammachirp, hearing.linear_gaborchirp" },
  { "brian2hears", "FractionalDelay", "hearing.fractional_delay" },
  { "brian2hears", "RestructureFilterbank, Repeat, Tile, Interleave, Join", "src:repeat_channels, src:tile_channels, src:pick, hearing.join, hearing.interleave" },
  { "brian2hears", "HRTF, HRTFSet, IRCAM_LISTEN, SOFA, HRIR, HeadlessDatabase", "hearing.load_hrtf, hearing.hrtf_set, hearing.headless" },
  { "brian2hears", "ITD, ILD, binaural", "snd:itd, snd:ild" },

  { "XPPAUT, PyDSTool", "nullcline, nullclines, pplane, phase portrait, equilibrium, fixed point, stability, Jacobian", "lp.phase_plane" },
  { "XPPAUT, PyDSTool, MatCont", "AUTO, continuation, Hopf, saddle-node, limit cycle, bifurcation diagram", "lp.bifurcation" },

  -- figures and files
  { "matplotlib", "subplots, GridSpec, figsize, rcParams", "lp.figure" },
  { "matplotlib", "imshow, pcolormesh, pcolor, matshow, heatmap", "fig[1]:image" },
  { "matplotlib", "colormap, cmap, viridis, colormaps, get_cmap", "lp.colormaps, fig[1]:image" },
  { "matplotlib", "colorbar", "fig:bar, fig[1]:image" },
  { "matplotlib", "LogNorm, SymLogNorm, Normalize", "fig[1]:image" },
  { "matplotlib", "plot, step, stairs", "fig[1]:line" },
  { "matplotlib", "scatter", "fig[1]:points" },
  { "matplotlib", "hist", "fig[1]:histogram" },
  { "matplotlib", "fill_between", "fig[1]:band" },
  { "matplotlib", "stackplot, fill_betweenx", "fig[1]:area" },
  { "matplotlib", "errorbar, xerr, yerr", "fig[1]:line, fig[1]:points, fig[1]:bars" },
  { "matplotlib", "bar, barh, bar_stacked", "fig[1]:bars" },
  { "matplotlib", "hexbin", "fig[1]:hist2d" },
  { "matplotlib", "tricontour, clabel", "fig[1]:contour" },
  { "matplotlib", "violin, swarmplot", "fig[1]:boxplot, fig[1]:violinplot" },
  { "matplotlib", "eventplot", "fig[1]:raster" },
  { "matplotlib", "secondary_axis, secondary_yaxis", "fig[1]:twinx, fig[1]:twiny" },
  { "matplotlib", "inset_axes, add_axes", "fig[1]:inset" },
  { "matplotlib", "projection, rose", "fig[1]:polar" },
  { "matplotlib", "figlegend", "fig:legend" },
  { "matplotlib", "SymmetricalLogScale", "fig[1]:symlog" },
  { "matplotlib", "axhline, axvline, axhspan, axvspan", "fig[1]:hline, fig[1]:vline, fig[1]:hspan, fig[1]:vspan" },
  { "matplotlib", "semilogx, semilogy, loglog, set_xscale", "fig[1]:log" },
  { "matplotlib", "savefig", "fig:save" },
  { "matplotlib", "FuncAnimation, ArtistAnimation, movie, gif, mp4", "lp.animation" },
  { "matplotlib", "suptitle", "fig:title" },
  { "matplotlib", "annotate, FancyArrow", "fig[1]:text, fig[1]:arrow" },
  { "NEST, PyNN, BMTK", "SONATA, SonataNetwork, import_from_sonata, circuit_config, nodes.h5, edges.h5", "lp.from_sonata" },
  { "NEST, PyNN, BMTK", "export_to_sonata, NetworkBuilder, save_nodes, save_edges", "lp.to_sonata" },
  { "BMTK, libsonata", "CompartmentReport, SomaReport, ElementReportReader, membrane_report", "lp.to_sonata, lp.from_sonata_report" },
  { "pandas, numpy", "csv, to_csv, DataFrame, savetxt", "s:save, lp.from_file" },
  { "PyNN, NEST", "write_data, record_to", "net:record, spikes:save" },
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
