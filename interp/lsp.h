// Lsp: the language server: what an editor asks of Rung.
//
// It speaks the Language Server Protocol 3.17 (microsoft.github.io/language-server-protocol)
// over standard input and output: JSON-RPC 2.0 messages, each behind a Content-Length.
#ifndef RUNG_INTERP_LSP_H
#define RUNG_INTERP_LSP_H

#include "interp/interp.h"

// Serves until the client says `exit`, or the input ends. Returns the exit status: EXIT_OK when
// the client had asked for a shutdown before. Programs are checked, and some questions answered
// when that is quick; no file is written.
int lsp_run(const InterpOptions *options);

#endif
