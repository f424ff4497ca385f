// How a call of calls.h or light_calls.h is offered to Python.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>

#include "arrays.h"

namespace pellucid {

void define_light_calls(nb::module_& module, nb::module_& bound);  // in light.cpp

template <class Result>
Result call(const Bound<Result>& bound, long n) {
    const WithoutLock released;
    return bound(n);
}

// Offers one call under its name, bound to its arrays.
template <class Result, class... Arguments, class... Names>
void offer_bound(nb::module_& bound, const char* name, Bound<Result> (*make)(const Workspace&, Arguments...), const Names&... names) {
    bound.def(
        name,
        [make](const std::optional<Out<uint8_t>>& workspace, Arguments... arguments) {
            return make(workspace ? Workspace(*workspace) : Workspace(), std::move(arguments)...);
        },
        nb::arg("workspace").noconvert().none(), names...);
}

// Offers one call under its name, bound and at once.
template <class Result, class... Arguments, class... Names>
void offer(nb::module_& module, nb::module_& bound, const char* name, Bound<Result> (*make)(const Workspace&, Arguments...),
           const Names&... names) {
    module.def(
        name,
        [make](Arguments... arguments) {
            const Bound<Result> now = make(Workspace(), std::move(arguments)...);
            return call(now, now.samples);
        },
        names...);
    offer_bound(bound, name, make, names...);
}

}  // namespace pellucid
