;;; rung-mode.el --- Rung  -*- lexical-binding: t -*-
;; Made by grammar/generate.sh.

(defvar rung-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?_ "w" table)
    (modify-syntax-entry ?\` "|" table)
    table))

(defun rung-mode--words (words &optional after)
  (concat "\\<" (regexp-opt words t) "\\>" after))

(defvar rung-mode-font-lock
  (list
   (cons "\\<\\(?:model\\|def\\|let\\)\\s-+\\(\\sw+\\)" '((1 font-lock-function-name-face)))
   (cons (concat "\\(?:^\\|[;{]\\)\\s-*"
                 (rung-mode--words '("assert" "assume" "check" "def" "evaluate" "explain" "import" "ladder" "let" "lua" "model" "show" "test" "use") "\\(?:\\s-+[^-=~:<>.,|)]\\|(\\)"))
         '((1 font-lock-keyword-face)))
   (cons (concat "\\(?:^\\|[;{]\\)\\s-*"
                 (rung-mode--words '("factor" "latent" "noise" "observed" "remove" "selected") "\\s-+[^-=~:<>.,|)]"))
         '((1 font-lock-preprocessor-face)))
   (cons (concat ":\\s-*" (rung-mode--words '("bool" "int" "ordered" "positive" "real" "unit"))) '((1 font-lock-type-face)))
   (cons (rung-mode--words '("true" "false")) '((1 font-lock-constant-face)))
   (cons (rung-mode--words '("if" "then" "else" "case" "for" "in" "and" "or" "not" "under" "from" "using" "with" "where" "do")) '((1 font-lock-keyword-face)))
   (cons (rung-mode--words '("P" "E" "Var" "Sd" "Cov" "Cor" "Quantile" "H" "I" "logP" "marginals" "sample" "slope" "causes" "responsibility" "blame" "ladder") "[[(]") '((1 font-lock-function-name-face)))
   (cons (rung-mode--words '("abs" "acos" "adjustment" "ancestors" "asin" "atan" "atan2" "backdoor_paths" "bernoulli" "beta" "binomial" "categorical" "cauchy" "causal_paths" "cbrt" "cdf" "ceil" "children" "choose" "colliders" "confounders" "cos" "cosh" "cvar" "descendants" "districts" "empirical" "entropy" "equivalents" "erf" "erfc" "exp" "expm1" "exponential" "factorial" "floor" "frontdoor" "gamma" "geometric" "graph" "gumbel" "gumbel_max" "high" "hypot" "implications" "instruments" "is_adjustment" "kl" "laplace" "latex" "lbeta" "length" "levels" "lgamma" "log" "log10" "log1p" "log2" "logistic" "logit" "lognormal" "low" "markov_blanket" "matches" "mean" "mediators" "mix" "mvnormal" "negative_binomial" "noisy_or" "normal" "normal_cdf" "normal_pdf" "outcomes" "parents" "pareto" "paths" "pdf" "point" "poisson" "pow" "quantile" "remedies" "round" "sd" "se" "sign" "sin" "sinh" "source" "sqrt" "student_t" "tan" "tanh" "triangular" "trunc" "truncate" "tv" "uniform" "uniform_int" "value" "variables" "variance" "wasserstein" "weibull") "\\s-*[({]") '((1 font-lock-builtin-face)))))

;;;###autoload
(define-derived-mode rung-mode prog-mode "Rung"
  "Programs in Rung."
  (setq-local comment-start "# ")
  (setq-local font-lock-defaults '(rung-mode-font-lock)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.rung\\'" . rung-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(rung-mode . ("rung" "lsp"))))

(provide 'rung-mode)
;;; rung-mode.el ends here
