export interface paths {
    "/0": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** <Lambda> */
        get: operations["_lambda__0_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/1": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** <Lambda> */
        get: operations["_lambda__1_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** <Lambda> */
        get: operations["_lambda__2_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/3": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** <Lambda> */
        get: operations["_lambda__3_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/4": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** <Lambda> */
        get: operations["_lambda__4_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/5": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** <Lambda> */
        get: operations["_lambda__5_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * EndpointPage
         * @description A page of the endpoint table; `total` counts the rows before paging.
         */
        EndpointPage: {
            /** Start */
            start: number;
            /** End */
            end: number;
            /** As Of */
            as_of: number;
            /** Total */
            total: number;
            /** Offset */
            offset: number;
            /** Limit */
            limit: number;
            /** Endpoints */
            endpoints: components["schemas"]["EndpointSummary"][];
        };
        /**
         * EndpointSummary
         * @description One endpoint over a range: a row of the table.
         *
         *     `share_of_time_ratio` is its part of all seconds spent by HTTP requests. `sparkline` holds the
         *     p95 of each of equal steps over the range, None where nothing was called. `user_source` tells
         *     what a user is (`callable`, `client address`). `last_called_at` None: never called.
         */
        EndpointSummary: {
            /** Id */
            id: string;
            /** Service */
            service: string;
            /** Method */
            method: string;
            /** Template */
            template: string;
            priority: components["schemas"]["MetricPriority"];
            kind: components["schemas"]["TrafficKind"];
            /** Is Monitored */
            is_monitored: boolean;
            /** Request Count */
            request_count: number;
            /** Error Count */
            error_count: number;
            /** Client Error Count */
            client_error_count: number;
            /** Exception Count */
            exception_count: number;
            /** Rate Per Second */
            rate_per_second: number;
            /** Success Ratio */
            success_ratio: number | null;
            /** Error Ratio */
            error_ratio: number | null;
            /** Share Of Time Ratio */
            share_of_time_ratio: number | null;
            response_time: components["schemas"]["Times"];
            ttfb: components["schemas"]["Times"];
            /** Latency Seconds */
            latency_seconds: {
                [key: string]: number;
            };
            /** Status Counts */
            status_counts: {
                [key: string]: number;
            };
            /** Within Thresholds */
            within_thresholds: {
                [key: string]: number;
            };
            /** Bytes In */
            bytes_in: number;
            /** Bytes Out */
            bytes_out: number;
            /** In Flight Peak */
            in_flight_peak: number;
            /** Open Connections */
            open_connections: number;
            /** Message Count */
            message_count: number;
            /** User Count */
            user_count: number;
            background: components["schemas"]["Times"];
            response_time_grade: components["schemas"]["PerformanceThreshold"] | null;
            throughput_grade: components["schemas"]["PerformanceThreshold"] | null;
            /** Last Called At */
            last_called_at: number | null;
            /** Sparkline */
            sparkline: (number | null)[];
        };
        /**
         * HealthLine
         * @description How we ourselves are: one line a person can trust. `problems` are sentences with a remedy.
         */
        HealthLine: {
            /** Is Ok */
            is_ok: boolean;
            /** As Of */
            as_of: number;
            /** Newest Window At */
            newest_window_at: number | null;
            /** Store Kind */
            store_kind: string;
            /** Store Location */
            store_location: string;
            /** Store Size Bytes */
            store_size_bytes: number;
            /** Store Max Bytes */
            store_max_bytes: number;
            /** Unfolded Batches */
            unfolded_batches: number;
            /** Dropped Requests */
            dropped_requests: number;
            /** Dropped Batches */
            dropped_batches: number;
            /** Instance Count */
            instance_count: number;
            /** Lease Holder */
            lease_holder: string | null;
            /** Longest Stretch Seconds */
            longest_stretch_seconds: number;
            /** Cpu Ratio */
            cpu_ratio: number | null;
            /** Problems */
            problems: string[];
        };
        /**
         * InstanceRow
         * @description One process that reports, and its own health.
         */
        InstanceRow: {
            /** Id */
            id: string;
            /** Service */
            service: string;
            /** Version */
            version: string;
            /** Environment */
            environment: string;
            /** Host */
            host: string;
            /** Pid */
            pid: number;
            /** Started At */
            started_at: number;
            /** Seen At */
            seen_at: number;
            /** Is Alive */
            is_alive: boolean;
            /** In Flight */
            in_flight: number;
            /** Open Connections */
            open_connections: number;
            /** Dropped Requests */
            dropped_requests: number;
            /** Dropped Batches */
            dropped_batches: number;
            /** Buffered Batches */
            buffered_batches: number;
            /** Longest Stretch Seconds */
            longest_stretch_seconds: number;
            /** Cpu Seconds */
            cpu_seconds: number;
            /** Resident Bytes */
            resident_bytes: number;
            /** Last Error */
            last_error: string;
        };
        /**
         * LivePush
         * @description What the WebSocket sends: the newest table and chart for the range it was asked for.
         */
        LivePush: {
            /** Type */
            type: string;
            /** As Of */
            as_of: number;
            summary: components["schemas"]["ServiceSummary"];
            /** Endpoints */
            endpoints: components["schemas"]["EndpointSummary"][];
            series: components["schemas"]["Series"];
            health: components["schemas"]["HealthLine"];
        };
        /**
         * MetricPriority
         * @description How much an endpoint matters to the business. It sets thresholds, routing and ranking.
         * @enum {string}
         */
        MetricPriority: "critical" | "high" | "medium" | "low";
        /**
         * PerformanceThreshold
         * @description The four grades of a measured value, best first.
         * @enum {string}
         */
        PerformanceThreshold: "excellent" | "good" | "warning" | "critical";
        /**
         * Series
         * @description One endpoint, or all of a filter together, over time.
         */
        Series: {
            /** Endpoint Id */
            endpoint_id: string | null;
            /** Name */
            name: string;
            /** Start */
            start: number;
            /** End */
            end: number;
            /** Step Seconds */
            step_seconds: number;
            /** As Of */
            as_of: number;
            /** Times */
            times: number[];
            /** Request Count */
            request_count: number[];
            /** Error Count */
            error_count: number[];
            /** Rate Per Second */
            rate_per_second: number[];
            /** Error Ratio */
            error_ratio: (number | null)[];
            /** Mean Seconds */
            mean_seconds: (number | null)[];
            /** Min Seconds */
            min_seconds: (number | null)[];
            /** Max Seconds */
            max_seconds: (number | null)[];
            /** P50 Seconds */
            p50_seconds: (number | null)[];
            /** P95 Seconds */
            p95_seconds: (number | null)[];
            /** P99 Seconds */
            p99_seconds: (number | null)[];
            /** P999 Seconds */
            p999_seconds: (number | null)[];
            /** Bytes In */
            bytes_in: number[];
            /** Bytes Out */
            bytes_out: number[];
            /** In Flight Peak */
            in_flight_peak: number[];
            /** User Count */
            user_count: number[];
            /** Latency Mean Seconds */
            latency_mean_seconds: {
                [key: string]: (number | null)[];
            };
            /** Status Class Counts */
            status_class_counts: {
                [key: string]: number[];
            };
        };
        /**
         * ServiceSummary
         * @description All endpoints together over a range. Percentiles are of HTTP responses only.
         */
        ServiceSummary: {
            /** Start */
            start: number;
            /** End */
            end: number;
            /** As Of */
            as_of: number;
            /** Request Count */
            request_count: number;
            /** Error Count */
            error_count: number;
            /** Rate Per Second */
            rate_per_second: number;
            /** Success Ratio */
            success_ratio: number | null;
            /** Error Ratio */
            error_ratio: number | null;
            response_time: components["schemas"]["Times"];
            /** Latency Seconds */
            latency_seconds: {
                [key: string]: number;
            };
            /** Status Counts */
            status_counts: {
                [key: string]: number;
            };
            /** Bytes In */
            bytes_in: number;
            /** Bytes Out */
            bytes_out: number;
            /** In Flight */
            in_flight: number;
            /** Open Connections */
            open_connections: number;
            /** User Count */
            user_count: number;
            /** Concurrent Users */
            concurrent_users: number;
            /** User Source */
            user_source: string;
            /** Endpoint Count */
            endpoint_count: number;
            /** Never Called Count */
            never_called_count: number;
            /** Instance Count */
            instance_count: number;
            /** Services */
            services: string[];
            /** Versions */
            versions: string[];
            /** Environments */
            environments: string[];
        };
        /**
         * Times
         * @description A distribution of durations. `unsupported` names the percentiles with under 5 samples above.
         */
        Times: {
            /** Count */
            count: number;
            /** Mean Seconds */
            mean_seconds: number | null;
            /** Min Seconds */
            min_seconds: number | null;
            /** Max Seconds */
            max_seconds: number | null;
            /** P50 Seconds */
            p50_seconds: number | null;
            /** P95 Seconds */
            p95_seconds: number | null;
            /** P99 Seconds */
            p99_seconds: number | null;
            /** P999 Seconds */
            p999_seconds: number | null;
            /** Unsupported */
            unsupported: string[];
        };
        /**
         * TrafficKind
         * @description What sort of exchange an endpoint carries; only HTTP enters response-time percentiles.
         * @enum {string}
         */
        TrafficKind: "http" | "event_stream" | "websocket";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    _lambda__0_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointPage"];
                };
            };
        };
    };
    _lambda__1_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
        };
    };
    _lambda__2_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceSummary"];
                };
            };
        };
    };
    _lambda__3_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceRow"];
                };
            };
        };
    };
    _lambda__4_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthLine"];
                };
            };
        };
    };
    _lambda__5_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LivePush"];
                };
            };
        };
    };
}

