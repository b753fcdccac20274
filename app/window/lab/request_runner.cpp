#include "app/window/lab/request_runner.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <array>
#include <fcntl.h>
#include <sys/mman.h>

#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "netns/lab_client.h"

namespace fulcrum::window {

namespace {

class RequestText {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::RequestText)
};

// What a command writes goes into memory: unlike a pipe it needs nobody to empty it meanwhile.
UniqueFd memory_file() {
    return UniqueFd(::memfd_create("fulcrum-request", MFD_CLOEXEC));
}

QByteArray content_of(const UniqueFd& file) {
    QByteArray content;
    std::array<char, 4096> buffer{};
    off_t at = 0;
    for (;;) {
        const ssize_t got = ::pread(file.get(), buffer.data(), buffer.size(), at);
        if (got <= 0) {
            return content;
        }
        content.append(buffer.data(), static_cast<qsizetype>(got));
        at += got;
    }
}

RequestAnswer read_answer(const QJsonObject& json) {
    RequestAnswer answer;
    answer.status = json["status"].toInt();
    answer.local = json["local"].toString();
    answer.milliseconds = json["ms"].toDouble();
    answer.body = json["body"].toString();
    const QJsonObject said = QJsonDocument::fromJson(answer.body.toUtf8()).object();
    answer.server = said["server"].toString();
    answer.peer = said["peer"].toString();
    const QJsonObject headers = said["headers"].toObject();
    for (auto at = headers.begin(); at != headers.end(); ++at) {
        if (at.key().compare("X-Forwarded-For", Qt::CaseInsensitive) == 0) {
            answer.forwarded_for = at.value().toString();
        }
    }
    const QJsonObject proxy = said["proxy"].toObject();
    if (!proxy.isEmpty()) {
        const QString source = proxy["source"].toString();
        answer.proxy = source.isEmpty()
                           ? RequestText::tr("no addresses (v%1)").arg(proxy["version"].toInt())
                           : RequestText::tr("%1 (v%2)").arg(source).arg(proxy["version"].toInt());
    }
    return answer;
}

} // namespace

RequestOutcome run_requests(const Programs& programs, const RequestOrder& order) {
    auto client = netns::LabClient::connect(to_std(order.lab));
    if (!client) {
        return {{}, to_q(client.error().message)};
    }
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const UniqueFd out = memory_file();
    const UniqueFd err = memory_file();
    netns::ExecRequest request;
    request.node = to_std(order.client);
    QStringList argv{programs.path("fulcrum-load"),  "--json", "--answers",
                     QString::number(order.answers), "-c",     QString::number(order.connections)};
    if (order.requests > 0) {
        argv << "-n" << QString::number(order.requests);
    }
    if (order.seconds > 0) {
        argv << "-d" << QString::number(order.seconds);
    }
    if (!order.keep_alive) {
        argv << "--no-keepalive";
    }
    argv << order.url;
    for (const QString& word : argv) {
        request.argv.push_back(to_std(word));
    }
    request.directory = std::string("/"); // the caller's own may not be there
    request.in = nothing.get();
    request.out = out.get();
    request.err = err.get();
    const auto status = client->exec(request);
    if (!status) {
        return {{}, to_q(status.error().message)};
    }
    RequestOutcome outcome{parse_load_report(content_of(out)), {}};
    if (!outcome.report) {
        outcome.error = QString::fromUtf8(content_of(err)).trimmed();
        if (outcome.error.isEmpty()) {
            outcome.error = RequestText::tr("fulcrum-load ended with status %1").arg(*status);
        }
    }
    return outcome;
}

std::optional<RequestReport> parse_load_report(const QByteArray& json) {
    const QJsonDocument document = QJsonDocument::fromJson(json);
    if (!document.isObject() || !document.object().contains("requests")) {
        return std::nullopt;
    }
    const QJsonObject top = document.object();
    RequestReport report;
    report.requests = top["requests"].toInt();
    report.failed = top["failed"].toInt();
    report.connections = top["connections"].toInt();
    report.requests_per_s = top["requests_per_second"].toDouble();
    report.connections_per_s = top["connections_per_second"].toDouble();
    report.seconds = top["seconds"].toDouble();
    report.bytes = top["bytes"].toDouble();
    const QJsonObject latency = top["latency_ms"].toObject();
    report.p50_ms = latency["p50"].toDouble();
    report.p90_ms = latency["p90"].toDouble();
    report.p99_ms = latency["p99"].toDouble();
    report.max_ms = latency["max"].toDouble();
    const QJsonObject servers = top["servers"].toObject();
    for (auto at = servers.begin(); at != servers.end(); ++at) {
        report.servers.insert(at.key(), at.value().toInt());
    }
    const QJsonObject errors = top["errors"].toObject();
    for (auto at = errors.begin(); at != errors.end(); ++at) {
        report.errors << QStringLiteral("%1 × %2").arg(at.value().toInt()).arg(at.key());
    }
    const QJsonArray answers = top["answers"].toArray();
    for (const QJsonValue& answer : answers) {
        report.answers.push_back(read_answer(answer.toObject()));
    }
    if (!report.answers.empty()) {
        report.answer = report.answers.front();
    }
    return report;
}

void send_requests(const Programs& programs, const RequestOrder& order, QObject* context,
                   std::function<void(const std::optional<RequestReport>&, const QString&)> done) {
    in_background(
        context, [programs, order] { return run_requests(programs, order); },
        [done = std::move(done)](const RequestOutcome& outcome) { done(outcome.report, outcome.error); });
}

} // namespace fulcrum::window
