// Printer: a whole program.
#include "interp/printer.h"

#include "interp/printer_inner.h"

void printer_program(const Ast *ast, const SourceText *source, Str *out) {
    if (!ast->program) return;
    Printer p = {.ast = ast, .source = source, .fresh = true};
    printer_statements(&p, ast->program);
    // What comments are left stand at the end of the text.
    printer_line(&p, UINT32_MAX, 0, false);
    printer_finish(&p, out);
}
