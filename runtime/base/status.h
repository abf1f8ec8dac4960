// Status: how a function that can fail ended.
#ifndef RUNG_BASE_STATUS_H
#define RUNG_BASE_STATUS_H

// Not identifiable, infeasible and undefined are answers, not statuses.
typedef enum Status {
    OK = 0,
    NOMEM,     // memory is exhausted; nothing was changed
    FAULT,     // the input is wrong; the Faults argument says where and why
    CANCELLED, // the caller's cancel flag was seen
} Status;

#define TRY(expr)                                                                              \
    do {                                                                                       \
        Status try_status_ = (expr);                                                           \
        if (try_status_ != OK) return try_status_;                                             \
    } while (0)

#endif
