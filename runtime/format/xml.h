// Xml: a small pull parser, enough for data files: elements, attributes, texts.
//
// Comments, processing instructions and a document type (with an internal subset) are skipped;
// CDATA sections and the five named and all numbered entities are understood. Namespaces are
// not.
#ifndef RUNG_FORMAT_XML_H
#define RUNG_FORMAT_XML_H

#include "runtime/base/str.h"
#include "runtime/base/vec.h"
#include "runtime/format/scan.h"

typedef enum XmlKind {
    XML_START, // <name ...>; an empty element <name/> is a start and an end
    XML_END,   // </name>
    XML_TEXT,  // characters, not only blanks
    XML_DONE,  // the end of the document
} XmlKind;

// A zeroed Xml with `scan` set is ready; scan.syntax is the code of malformed XML.
typedef struct Xml {
    Scan scan;
    XmlKind kind;     // of the piece at hand
    const char *at;   // its place
    Span name;        // of the element (XML_START, XML_END)
    Span tag;         // what stands between '<' and '>' (XML_START)
    Span text;        // XML_TEXT: without blanks around it, entities replaced
    bool in_file;     // `text` is a stretch of the file; else it lives until the next step
    Str replaced;     // the text after replacements
    VEC(Span) open;   // the elements that are open
    bool pending_end; // of an empty element
} Xml;

// Steps to the next piece. Tags that do not match are faults.
Status xml_next(Xml *x);

// Whether the piece at hand is of a kind and, for elements, has the name.
bool xml_is(const Xml *x, XmlKind kind, const char *name);

// The value of an attribute of the start tag at hand, as it is written; NULL text when there is
// none.
Span xml_attribute(const Xml *x, const char *name);

// At the start of an element without others in it: takes its text (x->text, maybe empty) and
// its end tag.
Status xml_text(Xml *x);

// At the start of an element: skips it with all it holds; the piece at hand is its end tag.
Status xml_skip(Xml *x);

// Appends a text with < > & and quotes escaped.
void xml_add(Str *out, const char *text);

void xml_free(Xml *x);

#endif
