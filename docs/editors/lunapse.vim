" Equations of Lunapse inside strings of Lua, for Vim and Neovim: copy to ~/.vim/after/syntax/lua/lunapse.vim (Neovim: ~/.config/nvim/after/syntax/lua/lunapse.vim).
syntax match   lunapseComment    contained /#.\{-}\ze\(\]\]\|$\)/
syntax match   lunapseNumber     contained /\<\d\+\(\.\d*\)\?\([eE][+-]\?\d\+\)\?/
syntax match   lunapseOperator   contained /:=\|[-+*\/]\?=\|[<>]=\?\|[!~]=\|[-+*\/^]/
syntax match   lunapseFunction   contained /\<\h\w*\ze\s*(/
syntax match   lunapseDerivative contained /\<d\h\w*\/dt\>/
syntax keyword lunapseKeyword    contained if else and or not is
syntax keyword lunapseConstant   contained true false True False pi inf
syntax keyword lunapseGiven      contained t dt w pre post mod g_target t_last t_pre t_post xi N_incoming N_outgoing
syntax keyword lunapseUnit       contained ms us s mV uV V pA nA uA nS pS uS mS pF nF uF GOhm MOhm kOhm Hz kHz cm2 um2
syntax match   lunapseFlag       contained /\<\(init\|min\|max\|explicit\|euler\|implicit\|semi-implicit\|clock-driven\|constant\|shared\|exponential\|exact\|midpoint\|rk2\|rk45\|rk4\|exponential-rosenbrock\|rtol\|atol\|heun\|milstein\|event-driven\|population\|projection\|presynaptic\|postsynaptic\|local\|global\|int\|bool\|float\|every\|proba\|unless refractory\|unless post\|point current\)\>\ze\s*\($\|[^( \t]\|\s[^(]\)/

syntax cluster lunapseEquation contains=lunapseComment,lunapseNumber,lunapseOperator,lunapseFunction,lunapseDerivative,lunapseKeyword,lunapseConstant,lunapseGiven,lunapseUnit,lunapseFlag
syntax region  lunapseBlock matchgroup=luaString contains=@lunapseEquation containedin=ALLBUT,luaComment,luaString,luaString2,lunapseBlock,lunapseLine keepend
  \ start=/\(\<\(equations\|parameters\|functions\|spike\|reset\|refractory\|axon_spike\|axon_reset\|when\|effect\|psp\|pre_spike\|post_spike\|creating\|pruning\)\s*=\s*\)\@<=\[\[/ end=/\]\]/
syntax region  lunapseLine matchgroup=luaString contains=@lunapseEquation containedin=ALLBUT,luaComment,luaString,luaString2,lunapseBlock,lunapseLine keepend oneline
  \ start=/\(\<\(equations\|parameters\|functions\|spike\|reset\|refractory\|axon_spike\|axon_reset\|when\|effect\|psp\|pre_spike\|post_spike\|creating\|pruning\)\s*=\s*\)\@<="/ end=/"/

highlight default link lunapseComment    Comment
highlight default link lunapseNumber     Number
highlight default link lunapseOperator   Operator
highlight default link lunapseFunction   Function
highlight default link lunapseDerivative Identifier
highlight default link lunapseKeyword    Conditional
highlight default link lunapseConstant   Constant
highlight default link lunapseGiven      Special
highlight default link lunapseUnit       Type
highlight default link lunapseFlag       StorageClass
