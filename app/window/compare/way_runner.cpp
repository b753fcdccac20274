#include "app/window/compare/way_runner.h"

#include <QElapsedTimer>
#include <QThread>
#include <QtConcurrent/QtConcurrentRun>
#include <algorithm>

#include "app/window/qt_text.h"
#include "designer/document/file.h"
#include "designer/plan/plan.h"
#include "netns/lab_client.h"

namespace fulcrum::window {

using namespace designer;

namespace {

constexpr int answer_limit_ms = 12'000;   // until the first answer: health checks have to pass first
constexpr int everybody_limit_ms = 4'000; // more, until every server has answered
constexpr int retry_ms = 150;
constexpr int timed_requests = 200;

using Cancelled = std::atomic<bool>;

class WayText {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::WayText)
};

Error cancelled_error() {
    return Error{to_std(WayText::tr("cancelled")), ErrorKind::failed};
}

// A new connection for each request: it is connections that modes treat differently.
RequestOrder order_of(const QString& lab, const WayQuestion& question, int requests) {
    RequestOrder order;
    order.lab = lab;
    order.client = question.client;
    order.url = question.url;
    order.requests = requests;
    order.answers = requests;
    order.keep_alive = false;
    return order;
}

Result<WayReport> ask(const Programs& programs, const QString& lab, const WayQuestion& question,
                      const Cancelled& cancelled) {
    WayReport report;
    QString why = WayText::tr("no answer");
    QElapsedTimer clock;
    clock.start();
    qint64 first_answer_ms = -1;
    const int round = static_cast<int>(std::clamp<std::size_t>(2 * question.servers, 2, 64));
    for (;;) {
        if (cancelled) {
            return tl::unexpected(cancelled_error());
        }
        const RequestOutcome outcome = run_requests(programs, order_of(lab, question, round));
        if (outcome.report) {
            for (const RequestAnswer& answer : outcome.report->answers) {
                report.client = answer.local.section(':', 0, -2);
                const bool known =
                    std::any_of(report.servers.begin(), report.servers.end(),
                                [&](const RequestAnswer& seen) { return seen.server == answer.server; });
                if (!known) {
                    report.servers.push_back(answer);
                }
            }
            if (!outcome.report->errors.isEmpty()) {
                why = outcome.report->errors.join(", ");
            }
        } else {
            why = outcome.error;
        }
        if (first_answer_ms < 0 && !report.servers.empty()) {
            first_answer_ms = clock.elapsed();
        }
        const bool everybody = report.servers.size() >= std::max<std::size_t>(1, question.servers);
        if (everybody || (first_answer_ms >= 0 && clock.elapsed() - first_answer_ms > everybody_limit_ms)) {
            break;
        }
        if (first_answer_ms < 0 && clock.elapsed() > answer_limit_ms) {
            return fail(to_std(why));
        }
        QThread::msleep(retry_ms);
    }
    std::sort(report.servers.begin(), report.servers.end(),
              [](const RequestAnswer& a, const RequestAnswer& b) { return a.server < b.server; });
    RequestOrder timed = order_of(lab, question, timed_requests);
    timed.answers = 1;
    if (const RequestOutcome outcome = run_requests(programs, timed); outcome.report) {
        report.requests = outcome.report->requests;
        report.p50_ms = outcome.report->p50_ms;
        report.p90_ms = outcome.report->p90_ms;
        report.p99_ms = outcome.report->p99_ms;
    }
    if (cancelled) {
        return tl::unexpected(cancelled_error());
    }
    RequestOrder many = order_of(lab, question, WayReport::rate_requests);
    many.connections = WayReport::rate_at_once;
    many.answers = 1;
    if (const RequestOutcome outcome = run_requests(programs, many);
        outcome.report && outcome.report->failed == 0) {
        report.connections_per_s = outcome.report->connections_per_s;
    }
    RequestOrder bulk = order_of(lab, question, WayReport::bulk_requests);
    bulk.url += QStringLiteral("bytes/%1").arg(WayReport::bulk_bytes);
    bulk.answers = 1;
    if (const RequestOutcome outcome = run_requests(programs, bulk);
        outcome.report && outcome.report->seconds > 0 &&
        outcome.report->bytes >= WayReport::bulk_requests * static_cast<double>(WayReport::bulk_bytes)) {
        report.bulk_bps = outcome.report->bytes * 8 / outcome.report->seconds;
    }
    return report;
}

// Makes the lab, asks in it, takes it down whatever came of it.
Result<WayReport> ask_in_own_lab(const Programs& programs, const Document& drawing,
                                 const WayQuestion& question, const std::shared_ptr<Cancelled>& cancelled,
                                 const std::function<void(const QString&)>& step) {
    step(WayText::tr("launching"));
    auto plan = make_plan(drawing);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    plan->lab.document = emit_document(drawing);
    netns::LaunchOptions options;
    options.supervisor_path = to_std(programs.path("fulcrum-lab"));
    options.cancelled = [cancelled] { return cancelled->load(); };
    const auto launched = netns::launch(plan->lab, options);
    if (!launched) {
        return cancelled->load() ? tl::unexpected(cancelled_error()) : tl::unexpected(launched.error());
    }
    step(WayText::tr("asking the servers"));
    Result<WayReport> report = ask(programs, to_q(launched->lab), question, *cancelled);
    step(WayText::tr("taking the lab down"));
    auto client = netns::LabClient::connect(launched->lab);
    const Result<> down = client ? client->down() : tl::unexpected(client.error());
    if (!down) {
        return fail(down.error(), "take the lab down");
    }
    return report;
}

} // namespace

WayRunner::WayRunner(Programs programs, QObject* parent) : QObject(parent), programs_(std::move(programs)) {}

WayRunner::~WayRunner() {
    cancel();
    working_.waitForFinished(); // it reports to this object
}

void WayRunner::cancel() {
    if (cancelled_ != nullptr) {
        cancelled_->store(true);
    }
}

void WayRunner::tell(std::function<void()> signal) {
    QMetaObject::invokeMethod(this, std::move(signal), Qt::QueuedConnection);
}

void WayRunner::run(std::function<void()> work) {
    if (running_) {
        return;
    }
    running_ = true;
    working_ = QtConcurrent::run([this, work = std::move(work)] {
        work();
        tell([this] {
            running_ = false;
            emit finished();
        });
    });
}

void WayRunner::ask_lab(const QString& lab, AddressWay way, const WayQuestion& question) {
    auto cancelled = std::make_shared<Cancelled>(false);
    if (!running_) {
        cancelled_ = cancelled;
    }
    run([=, this] {
        tell([=, this] { emit began(way, tr("asking the servers")); });
        const Result<WayReport> report = ask(programs_, lab, question, *cancelled);
        tell([=, this] {
            report ? emit answered(way, *report) : emit failed(way, to_q(report.error().message));
        });
    });
}

void WayRunner::try_ways(const Document& document, const Id& service, std::vector<AddressWay> ways,
                         const WayQuestion& question) {
    auto cancelled = std::make_shared<Cancelled>(false);
    if (!running_) {
        cancelled_ = cancelled;
    }
    run([=, this, ways = std::move(ways)] {
        for (const AddressWay way : ways) {
            if (*cancelled) {
                return;
            }
            const auto step = [=, this](const QString& what) { tell([=, this] { emit began(way, what); }); };
            Result<Document> drawing = AddressWays::drawing_for(document, service, way);
            if (drawing) {
                drawing->name = "compare";
            }
            const Result<WayReport> report =
                drawing ? ask_in_own_lab(programs_, *drawing, question, cancelled, step)
                        : Result<WayReport>(tl::unexpected(drawing.error()));
            tell([=, this] {
                report ? emit answered(way, *report) : emit failed(way, to_q(report.error().message));
            });
        }
    });
}

} // namespace fulcrum::window
