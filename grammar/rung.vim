" Vim syntax file: Rung. Made by grammar/generate.sh.
if exists("b:current_syntax")
  finish
endif
syntax case match

syntax keyword rungWord if then else case for in and or not under from using with where do
syntax keyword rungConstant true false
syntax match rungOperator "\v[-+*/^|~?<>=!]|\.\."
syntax match rungArrow "\v\<-\>|-\>|\<-|\=\>|_\|\|_"
syntax match rungFunction "\v<%(abs|acos|adjustment|ancestors|asin|atan|atan2|backdoor_paths|bernoulli|beta|binomial|categorical|cauchy|causal_paths|cbrt|cdf|ceil|children|choose|colliders|confounders|cos|cosh|cvar|descendants|districts|empirical|entropy|equivalents|erf|erfc|exp|expm1|exponential|factorial|floor|frontdoor|gamma|geometric|graph|gumbel|gumbel_max|high|hypot|implications|instruments|is_adjustment|kl|laplace|latex|lbeta|length|levels|lgamma|log|log10|log1p|log2|logistic|logit|lognormal|low|markov_blanket|matches|mean|mediators|mix|mvnormal|negative_binomial|noisy_or|normal|normal_cdf|normal_pdf|outcomes|parents|pareto|paths|pdf|point|poisson|pow|quantile|remedies|round|sd|se|sign|sin|sinh|source|sqrt|student_t|tan|tanh|triangular|trunc|truncate|tv|uniform|uniform_int|value|variables|variance|wasserstein|weibull)>\ze\s*[({]"
syntax match rungHead "\v<%(P|E|Var|Sd|Cov|Cor|Quantile|H|I|logP|marginals|sample|slope|causes|responsibility|blame|ladder)>\ze[(\[]"
syntax match rungHead "\v<argmax>\ze\s+P[(\[]"
syntax match rungStatement "\v%(^|[;{])\s*\zs%(assert|assume|check|def|evaluate|explain|import|ladder|let|lua|model|show|test|use)>\ze%(\s+[^-=~:<>.,|)]|\()"
syntax match rungItem "\v%(^|[;{])\s*\zs%(factor|latent|noise|observed|remove|selected)>\ze\s+[^-=~:<>.,|)]"
syntax match rungDomain "\v:\s*\zs%(bool|int|ordered|positive|real|unit)>"
syntax match rungName "\v%(<%(model|def|let)\s+)@<=\K\k*"
syntax match rungNumber "\v<\d[0-9_]*%(\.\d+)?%([eE][-+]?\d+)?>\%?"
syntax match rungNumber "\v%(\k|\.)@<!\.\d+%([eE][-+]?\d+)?>\%?"
syntax match rungEscape contained +\v\\%(u\{\x+\}|.)+
syntax region rungString start=+"+ end=+"+ oneline skip=+\\\\\|\\"+ contains=rungEscape
syntax region rungRegex start=+\<re"+ end=+"+ oneline skip=+\\\\\|\\"+
syntax match rungQuoted "`\(\\.\|[^\\`]\)*`"
syntax match rungComment "#.*$" contains=rungExpectation,@Spell
syntax match rungExpectation contained "#=>.*$"
syntax region rungLuaString contained start=+"+ end=+"+ oneline skip=+\\\\\|\\"+
syntax region rungLuaString contained start=+'+ end=+'+ oneline skip=+\\\\\|\\'+
syntax region rungLuaString contained start="\[\z(=*\)\[" end="\]\z1\]"
syntax match rungLuaComment contained "--.*$"
syntax region rungLuaComment contained start="--\[\z(=*\)\[" end="\]\z1\]"
syntax keyword rungLuaWord contained and break do else elseif end false for function goto if in
syntax keyword rungLuaWord contained local nil not or repeat return then true until while
syntax cluster rungLuaCode contains=rungLuaBraces,rungLuaString,rungLuaComment,rungLuaWord
syntax region rungLuaBraces contained start="{" end="}" contains=@rungLuaCode
syntax region rungLua matchgroup=rungStatement start="\v%(^|[;{])\s*\zslua\s*\{" end="}" contains=@rungLuaCode

highlight default link rungWord Keyword
highlight default link rungConstant Boolean
highlight default link rungOperator Operator
highlight default link rungArrow Operator
highlight default link rungFunction Function
highlight default link rungHead Special
highlight default link rungStatement Statement
highlight default link rungItem StorageClass
highlight default link rungDomain Type
highlight default link rungName Identifier
highlight default link rungNumber Number
highlight default link rungString String
highlight default link rungEscape SpecialChar
highlight default link rungRegex String
highlight default link rungLuaString String
highlight default link rungLuaComment Comment
highlight default link rungLuaWord Keyword
highlight default link rungQuoted Identifier
highlight default link rungComment Comment
highlight default link rungExpectation SpecialComment

let b:current_syntax = "rung"
