-- Models as Brian 2's users write them: texts of ours for each idiom of its manual. Entries as in annarchy.lua.
local lp = require "lunapse"

return {
  { "units in flags", neuron = { parameters = "tau = 10*ms ; E = -70*mV", equations = "dv/dt = (E - v)/tau : volt" } },
  { "a system without units", neuron = { parameters = "tau = 10*ms", equations = "dv/dt = (1 - v)/tau : 1\n dw/dt = (v - w)/(2*tau) : 1" } },
  { "parameters among the equations", neuron = { parameters = "tau = 10*ms", equations = "dv/dt = (I - v)/tau : 1\n I : 1\n v_rest : volt (constant)" } },
  { "shared values", neuron = { parameters = "tau = 10*ms", equations = "dv/dt = (I - v)/tau : 1\n I : 1 (shared)" } },
  { "unless refractory", neuron = { parameters = "tau = 10*ms",
    equations = "dv/dt = (2 - v)/tau : 1 (unless refractory)\n du/dt = -u/tau : 1", spike = "v > 1", reset = "v = 0", refractory = "5*ms" } },
  { "a refractory period of each neuron", neuron = { parameters = "tau = 10*ms",
    equations = "dv/dt = (2 - v)/tau : 1 (unless refractory)\n ref : second", spike = "v > 1", reset = "v = 0\n ref = 2*ms", refractory = "ref" } },
  { "a refractory condition", neuron = { equations = "dv/dt = (20 - v)/(10*ms) : 1", spike = "v > 10", reset = "v -= 8", refractory = { "v > 10", stops = "spikes" } } },
  { "subexpressions", neuron = { equations = "dv/dt = (I - v)/(10*ms) : 1\n I = sin(2*pi*50*Hz/Hz*t/second) : 1" } },
  { "subexpressions that are put in place", neuron = { parameters = "g = 0.1*nS ; E = -60*mV ; C = 100*pfarad", equations = "I_syn := g*(E - v)\n dv/dt = I_syn/C : volt" } },
  { "noise", neuron = { parameters = "tau = 10*ms ; sigma = 0.5", equations = "dv/dt = -v/tau + sigma*sqrt(2/tau)*xi : 1" } },
  { "noises with names", neuron = { parameters = "tau = 10*ms", equations = "dx/dt = -x/tau + tau**-0.5*xi_1 + tau**-0.5*xi_2 : 1\n dy/dt = -y/tau + tau**-0.5*xi_1 : 1" } },
  { "integer division and remainders", neuron = { equations = "x = (i % 2) + (i // 10)\n y = timestep(t, dt) % 5" } },
  { "conditions as numbers", neuron = { equations = "dv/dt = (int(t > 5*ms)*2 - v)/(10*ms) : 1" } },
  { "functions", neuron = { equations = "x = exprel(0.5) + expm1(0.1) + log1p(0.1) + arctan2(1, 2) + sign(-2) + clip(3, 0, 1) + floor(1.5) + ceil(1.5)" } },
  { "timed arrays", neuron = { arrays = { stimulus = lp.timed_array({ 0, 1, 2 }, { dt = 1 }) }, equations = "dv/dt = (stimulus(t) - v)/(10*ms) : 1" } },
  { "timed arrays with an index", neuron = { arrays = { stimulus = lp.timed_array({ { 0, 1, 2 }, { 1, 2, 3 } }, { dt = 1 }) },
    equations = "dv/dt = (stimulus(t, i) - v)/(10*ms) : 1" } },
  { "reset of several variables", neuron = { parameters = "tau = 10*ms ; b = 0.1",
    equations = "dv/dt = (2 - v - w)/tau : 1\n dw/dt = -w/(5*tau) : 1", spike = "v > 1", reset = "v = 0\n w += b" } },
  { "an adaptive threshold", neuron = { equations = "dv/dt = (3 - v)/(10*ms) : 1\n dvt/dt = (1 - vt)/(50*ms) : 1", spike = "v > vt", reset = "v = 0 ; vt += 0.5" } },
  { "a stochastic threshold", neuron = { parameters = "rate = 100*Hz", equations = "p = rate/Hz/second*dt", spike = "Uniform(0, 1) < p" } },
  { "Hodgkin-Huxley", neuron = { parameters = [[
      Cm = 200*pfarad ; gl = 10*nsiemens ; El = -60*mV ; EK = -90*mV ; ENa = 50*mV ; gNa = 20000*nS ; gK = 6000*nS ; VT = -63*mV ]], equations = [[
      dv/dt = (gl*(El - v) - gNa*(m*m*m)*h*(v - ENa) - gK*(n*n*n*n)*(v - EK))/Cm : volt
      dm/dt = alpha_m*(1 - m) - beta_m*m : 1
      dn/dt = alpha_n*(1 - n) - beta_n*n : 1
      dh/dt = alpha_h*(1 - h) - beta_h*h : 1
      alpha_m := 0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms
      beta_m := 0.28*(mV**-1)*5*mV/exprel((v - VT - 40*mV)/(5*mV))/ms
      alpha_h := 0.128*exp((17*mV - v + VT)/(18*mV))/ms
      beta_h := 4./(1 + exp((40*mV - v + VT)/(5*mV)))/ms
      alpha_n := 0.032*(mV**-1)*5*mV/exprel((15*mV - v + VT)/(5*mV))/ms
      beta_n := .5*exp((10*mV - v + VT)/(40*mV))/ms ]] } },
  { "adaptive exponential", neuron = {
    parameters = "C = 281*pF ; gL = 30*nS ; EL = -70.6*mV ; VT = -50.4*mV ; DeltaT = 2*mV ; tauw = 144*ms ; a = 4*nS ; b = 80.5*pA ; I = 1*nA", equations =
    "dvm/dt = (gL*(EL - vm) + gL*DeltaT*exp((vm - VT)/DeltaT) + I - w)/C : volt\n dw/dt = (a*(vm - EL) - w)/tauw : amp", spike = "vm > 20*mV", reset = "vm = EL ; w += b" } },
  { "exact and exponential by name", neuron = { equations = "da/dt = -a/(10*ms) : 1, exact\n db/dt = -b/(5*ms) : 1, exponential" } },
  { "the index of a neuron, and how many there are", neuron = { equations = "dv/dt = (i/N - v)/(10*ms) : 1" } },

  { "STDP", synapse = { parameters = "taupre = 20*ms ; taupost = 20*ms ; wmax = 1 ; Apre = 0.01 ; Apost = -0.0105", equations =
    "w : 1\n dapre/dt = -apre/taupre : 1 (event-driven)\n dapost/dt = -apost/taupost : 1 (event-driven)",
    pre_spike = "g_target += w\n apre += Apre\n w = clip(w + apost, 0, wmax)", post_spike =
    "apost += Apost\n w = clip(w + apre, 0, wmax)" } },
  { "clock-driven", synapse = { equations = "dx/dt = -x/(20*ms) : 1 (clock-driven)", pre_spike = "g_target += w*(1 - x)\n x += 0.1" } },
  { "a variable of the post neuron", synapse = { pre_spike = "post.v += w" }, target = false },
  { "a switch for the projection", synapse = { parameters = "plastic = True : bool, projection", pre_spike = "g_target += w", post_spike = "w += plastic*0.01" } },
  { "transmission by chance", synapse = { pre_spike = "g_target += w*(Uniform(0, 1) < 0.5)" } },
  { "summed", synapse = { equations = "post.total = sum(w*pre.v)" }, target = false, total = true },
  { "by the number of synapses", synapse = { pre_spike = "g_target += w/N_incoming", post_spike = "w -= 0.001*(N_outgoing > 1)" } },
  { "conditions over pairs", connect = "i != j" }, { "by distance", connect = "abs(i - j) < 2 and i != j" }, { "by variables", connect = "pre.v <= post.v" },
  { "remainders over pairs", connect = "i % 2 == j % 2" }, { "whole parts over pairs", connect = "i // 2 == j // 2" },

  { "the last spike by its name there", neuron = { equations = "dv/dt = 1/ms : 1\n since = t - lastspike : second",
    spike = "v > 1", reset = "v = 0" }, refused = "did you mean 't_last'" },
  { "the post neuron by its name there", synapse = { pre_spike = "v_post += w" }, target = false, refused = "did you mean 'post.v'" },
}
