// Model import: networks of files to models, and back.
#ifndef RUNG_MODEL_MODEL_IMPORT_H
#define RUNG_MODEL_MODEL_IMPORT_H

#include "runtime/format/netfile.h"
#include "runtime/model/model.h"

// The model of a network: one plain variable for each of the file's, with named levels in the
// file's order (a level that reads as a number is one), and its table; of a Markov network the
// factors. Names are kept as they are spelled. `name` is the model's, NULL allowed.
// *normalised, if not NULL, counts the rows that were scaled to sum to 1. Faults: see
// model_finish. Linear in the size of the tables.
Status model_import(Interner *names, const NetFile *net, Sym name, const Ctl *ctl, Model **out,
                    uint32_t *normalised, Faults *faults);

// The network of a model, for writing; with factors, a Markov network in which the tables of
// mechanisms are factors too. Tables that came from a file are written as they were printed
// there. *out, which is overwritten, is freed with netfile_free. A variable without a table is
// a fault.
Status model_export(const Model *m, NetFile *out, Faults *faults);

#endif
